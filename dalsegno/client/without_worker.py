"""The status of a job while no worker answers queries: what the server alone knows."""

from typing import Any

from temporalio.client import WorkflowExecutionDescription, WorkflowHandle
from temporalio.converter import DataConverter

from dalsegno.client.closing import closing_failure
from dalsegno.client.merging import merge_pending
from dalsegno.client.visibility import CUSTOMER, STEP, Ending, status_of, summary_of
from dalsegno.models import STEP_SPANS, STEPS, JobStatus, Step, StepStatus

_NO_WORKER = "No worker answers: start one with `python worker.py` or `dalsegno up`"
# Which steps the job has skipped, and when each began, the workflow alone knows.
_BY_POSITION = "by its position: no worker answers"


async def status_without_worker(
    description: WorkflowExecutionDescription, handle: WorkflowHandle[Any, Any], converter: DataConverter
) -> JobStatus:
    """Where a job is, and how it ended. Its steps are told by their position alone, and say so."""
    attributes = description.typed_search_attributes
    stands = status_of(description)
    at = attributes.get(STEP) if stands != "failed" else summary_of(description).failed_step
    step: Step = next((step for step in STEPS if step == at), "queued")
    status = JobStatus(
        job_id=description.id,
        customer_id=attributes.get(CUSTOMER, ""),
        status=stands,
        step=step,
        progress=STEP_SPANS[step][0],
        message=_NO_WORKER,
        steps=_steps(step, stands),
    )
    match stands:
        case "completed":
            result = await handle.result()
            return status.model_copy(
                update={"progress": 100, "result": result, "message": f"“{result.title}” is ready"}
            )
        case "failed":
            failure = await closing_failure(description, handle, step)
            return status.model_copy(update={"failure": failure, "message": failure.message})
        case "cancelled":
            return status.model_copy(update={"message": "Cancelled"})
        case "running":
            pending = description.raw_description.pending_activities
            merged = await merge_pending(status, pending, converter)
            return merged.model_copy(update={"message": _NO_WORKER})


def _steps(current: Step, stands: Ending) -> list[StepStatus]:
    here = STEPS.index(current)
    standing = {"running": "running", "completed": "done", "failed": "failed", "cancelled": "failed"}[stands]
    states = ["done"] * here + [standing] + ["pending"] * (len(STEPS) - here - 1)
    return [
        StepStatus.model_validate({"name": step, "state": state, "note": _BY_POSITION})
        for step, state in zip(STEPS, states, strict=True)
    ]
