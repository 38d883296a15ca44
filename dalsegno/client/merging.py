"""The status of a job, put together from what the workflow says and what the server knows beside it."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.failure.v1 import Failure as FailureProto
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowExecution, WorkflowHandle
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError

from dalsegno.client.closing import closing_failure
from dalsegno.client.visibility import status_of
from dalsegno.models import STEP_SPANS, JobStatus, Step, StepProgress

# The step that each activity works for. The server's list of activities may be older than the workflow's word.
_STEP_OF: dict[str, Step] = {
    "open_job": "queued",
    "analyze_scenes": "analyzing",
    "extract_clip": "extracting",
    "identify_song": "identifying",
    "generate_music": "generating",
    "find_task": "generating",
    "request_slot": "generating",
    "submit_task": "generating",
    "await_task": "generating",
    "keep_music": "generating",
    "fit_music": "generating",
    "publish_music": "uploading",
    "clear_staging": "completed",
}
# Those that any step may wait for.
_OF_ANY_STEP = ("save_job", "forget_superseded_runs")


async def merge_pending(
    status: JobStatus, pending: Sequence[PendingActivityInfo], converter: DataConverter
) -> JobStatus:
    """Adds what the running activity has told by its heartbeat, and what it is being retried for.

    What an activity of another step has told is left out: it would be read on the wrong step's scale.
    """
    for activity in pending:
        name = activity.activity_type.name
        of_this_step = _STEP_OF.get(name) == status.step
        if of_this_step and activity.heartbeat_details.payloads:
            payload = activity.heartbeat_details.payloads[0]
            (progress,) = await converter.decode([payload], [StepProgress])
            status = _with_progress(status, progress)
        if (of_this_step or name in _OF_ANY_STEP) and activity.HasField("last_failure"):
            last_error = await _sentence(activity.last_failure, converter)
            status = status.model_copy(update={"last_error": last_error})
    return status


def _with_progress(status: JobStatus, progress: StepProgress) -> JobStatus:
    start, end = STEP_SPANS[status.step]
    reached = round(start + (end - start) * progress.fraction, 1)
    return status.model_copy(
        update={
            "progress": max(status.progress, reached),
            "message": progress.message or status.message,
        }
    )


async def _sentence(failure: FailureProto, converter: DataConverter) -> str:
    error = await converter.decode_failure(failure)
    if isinstance(error, ApplicationError):
        return f"{error.type}: {error.message}"
    return str(error)


async def correct_closed(
    status: JobStatus, execution: WorkflowExecution, handle: WorkflowHandle[Any, Any]
) -> JobStatus:
    """Lets the server have the last word: terminate and the server's time-outs run no workflow code."""
    stands = status_of(execution)
    if stands in (status.status, "running"):
        return status
    if stands != "failed":
        return status.model_copy(update={"status": stands})
    failure = await closing_failure(execution, handle, status.step)
    ended = {"state": "failed", "finished_at": execution.close_time, "note": failure.message}
    steps = [step.model_copy(update=ended) if step.name == status.step else step for step in status.steps]
    return status.model_copy(
        update={"status": stands, "failure": failure, "message": failure.message, "steps": steps}
    )
