"""What a job's row should say, as Temporal knows it."""

from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

from activities.temporal_service import temporal_service
from dalsegno.errors import FAILURE_TYPES, TERMINATED, InternalError, JobTimedOut
from dalsegno.models import STEPS, MusicJob, MusicResult
from dalsegno.ports import JobRow

# What is raised by payloads that hold something else than they should, or can't be opened here.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RuntimeError)

_RUNNING = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW}
_ENDED = {WorkflowExecutionStatus.COMPLETED: "completed", WorkflowExecutionStatus.CANCELED: "cancelled"}
# The music is there, or nobody wants it any more: such a row is never brought back.
SETTLED_ROWS = {"completed", "discarded"}
_STEP = SearchAttributeKey.for_keyword("MusicStep")


def is_running(execution: WorkflowExecutionDescription) -> bool:
    """Whether a job's execution goes on."""
    return execution.status in _RUNNING


def step_of(execution: WorkflowExecutionDescription) -> str:
    """The step that a job is in, or ended in."""
    step = execution.typed_search_attributes.get(_STEP)
    return step if step in STEPS else STEPS[0]


async def changes_of(row: JobRow, execution: WorkflowExecutionDescription) -> dict[str, Any] | None:
    """The columns that a row lacks, with the time `at` as of which they are true; None if it is in line.

    Args:
        row: the job's row.
        execution: the job's current run.
    """
    if row.status in SETTLED_ROWS:
        return None
    changes: dict[str, Any]
    if is_running(execution):
        if row.status == "running":  # in which run its next step says
            return None
        # A reset that nobody has told the row of.
        changes = running(execution)
    else:
        assert execution.status
        if (row.status, row.workflow_run_id) == (_ENDED.get(execution.status, "failed"), execution.run_id):
            return None
        changes = await _ending(execution)
    return changes | {"workflow_run_id": execution.run_id}


async def started_with(execution: WorkflowExecutionDescription) -> MusicJob | None:
    """The job that an execution was started with; None if what it was given is no job, or not this one."""
    client = activity.client()
    handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    with temporal_service():
        first = await anext(handle.fetch_history_events(page_size=1))
    payloads = first.workflow_execution_started_event_attributes.input.payloads
    try:
        (job,) = await client.data_converter.decode(payloads, [MusicJob])
    except UNREADABLE:
        return None
    return job if isinstance(job, MusicJob) and job.job_id == execution.id else None


async def belongs_to(row: JobRow, execution: WorkflowExecutionDescription) -> bool:
    """Whether a row is that of an execution's request, and not of an earlier one that was given the same id."""
    job = await started_with(execution)
    return job is None or job.request_sha256 == row.request_sha256


def running(execution: WorkflowExecutionDescription) -> dict[str, Any]:
    """The columns of a job that goes on in a run. As of its begin: what the run itself has written is newer."""
    return {
        "at": execution.start_time,
        "status": "running",
        "error_message": None,
        "failure_type": None,
        "workflow_run_id": execution.run_id,
    }


def failed(at: datetime, failure_type: str, message: str) -> dict[str, Any]:
    """The columns of a job that has failed."""
    return {"at": at, "status": "failed", "failure_type": failure_type, "error_message": message}


async def _ending(execution: WorkflowExecutionDescription) -> dict[str, Any]:
    ended_at = execution.close_time
    assert ended_at
    match execution.status:
        case WorkflowExecutionStatus.TIMED_OUT:
            return failed(ended_at, JobTimedOut.__name__, "The job was ended by the server's time-out.")
        case WorkflowExecutionStatus.TERMINATED:
            return failed(ended_at, TERMINATED, "The job was terminated from outside.")
        case WorkflowExecutionStatus.CANCELED:
            return {"at": ended_at, "status": "cancelled"}
        case _:
            return await _told_by_its_end(execution, ended_at)


async def _told_by_its_end(execution: WorkflowExecutionDescription, ended_at: datetime) -> dict[str, Any]:
    handle = activity.client().get_workflow_handle(
        execution.id, run_id=execution.run_id, result_type=MusicResult
    )
    try:
        with temporal_service():
            result = await handle.result(follow_runs=False)
    except WorkflowFailureError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type in FAILURE_TYPES:
            return failed(ended_at, cause.type, cause.message)
        return failed(ended_at, InternalError.__name__, "The job failed by a bug in Dal Segno.")
    return {
        "at": ended_at,
        "status": "completed",
        "step": "completed",
        "title": result.title,
        "r2_key": result.objects["master.wav"].key,
        "r2_preview_key": result.objects["preview.mp3"].key,
        "file_size_bytes": result.objects["master.wav"].bytes,
        "audio_duration_seconds": result.duration,
        "completed_at": ended_at,
        "error_message": None,
        "failure_type": None,
    }
