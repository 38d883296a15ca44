"""The status of a job, put together from what the workflow says and what the server knows beside it."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.failure.v1 import Failure as FailureProto
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import (
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError

from dalsegno.client.visibility import CUSTOMER, FAILED_STEP, STEP, status_of
from dalsegno.errors import TERMINATED, InternalError, JobTimedOut
from dalsegno.models import STEP_SPANS, STEPS, Failure, JobStatus, Step, StepProgress

_NO_WORKER = "No worker answers: start one with `python worker.py` or `dalsegno up`"


async def merge_pending(
    status: JobStatus, pending: Sequence[PendingActivityInfo], converter: DataConverter
) -> JobStatus:
    """Adds what the running activity has told by its heartbeat, and what it is being retried for."""
    for activity in pending:
        if activity.heartbeat_details.payloads:
            payload = activity.heartbeat_details.payloads[0]
            (progress,) = await converter.decode([payload], [StepProgress])
            status = _with_progress(status, progress)
        if activity.HasField("last_failure"):
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
    failure = await _closing_failure(execution, handle, status.step)
    return status.model_copy(update={"status": stands, "failure": failure, "message": failure.message})


async def without_worker(execution: WorkflowExecution, handle: WorkflowHandle[Any, Any]) -> JobStatus:
    """What can be told of a job while no worker answers queries: where it is, and how it ended."""
    attributes = execution.typed_search_attributes
    step = _as_step(attributes.get(STEP))
    status = JobStatus(
        job_id=execution.id,
        customer_id=attributes.get(CUSTOMER, ""),
        status=status_of(execution),
        step=step,
        progress=STEP_SPANS[step][0],
        message=_NO_WORKER,
        steps=[],
    )
    match status.status:
        case "completed":
            result = await handle.result()
            return status.model_copy(
                update={"progress": 100, "result": result, "message": f"“{result.title}” is ready"}
            )
        case "failed":
            failure = await _closing_failure(execution, handle, _as_step(attributes.get(FAILED_STEP)))
            return status.model_copy(update={"failure": failure, "message": failure.message})
        case "cancelled":
            return status.model_copy(update={"message": "Cancelled"})
        case _:
            return status


async def _closing_failure(
    execution: WorkflowExecution, handle: WorkflowHandle[Any, Any], step: Step
) -> Failure:
    if execution.status == WorkflowExecutionStatus.TIMED_OUT:
        return Failure(
            step=step, type=JobTimedOut.__name__, message="The job was ended by the server's time-out."
        )
    if execution.status == WorkflowExecutionStatus.TERMINATED:
        return Failure(step=step, type=TERMINATED, message="The job was terminated from outside.")
    try:
        await handle.result(follow_runs=False)
    except WorkflowFailureError as error:
        cause = error.cause
        kind = cause.type if isinstance(cause, ApplicationError) and cause.type else InternalError.__name__
        return Failure(step=step, type=kind, message=str(cause))
    raise AssertionError("a failed execution gave a result")


def _as_step(name: str | None) -> Step:
    return next((step for step in STEPS if step == name), "queued")
