"""Where in its history a job that has ended is taken up again."""

from collections.abc import Sequence

from temporalio.api.history.v1 import HistoryEvent

_TASK_COMPLETED = "workflow_task_completed_event_attributes"
_CANCELED = "workflow_execution_canceled_event_attributes"
_CANCEL_REQUESTED = "workflow_execution_cancel_requested_event_attributes"


def reset_point(events: Sequence[HistoryEvent]) -> int | None:
    """The id of the event to reset to, so that the step in which the job ended runs again, and it alone.

    That is the end of the last workflow task: of a failed job the one that failed it, whose step begins again when
    it finds the workflow reset; of one that was ended from outside the one that began its step. A job that was
    cancelled goes back to before the request, or it would ignore the next one.

    Returns:
        None if the job ended before any worker had begun it: then it is to be started anew.
    """
    # A job that went on after a cancel has outlived the request: its last task is what counts.
    cancelled = events[-1].WhichOneof("attributes") == _CANCELED
    point = None
    for event in events:
        kind = event.WhichOneof("attributes")
        if cancelled and kind == _CANCEL_REQUESTED:
            break
        if kind == _TASK_COMPLETED:
            point = event.event_id
    return point
