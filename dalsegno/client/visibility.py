"""What Temporal's visibility tells of a job: its line in a list."""

from typing import Literal

from temporalio.client import WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from dalsegno.errors import TERMINATED, JobTimedOut
from dalsegno.models import JobSummary

Ending = Literal["running", "completed", "failed", "cancelled"]

CUSTOMER = SearchAttributeKey.for_keyword("MusicCustomer")
STEP = SearchAttributeKey.for_keyword("MusicStep")
PROVIDER = SearchAttributeKey.for_keyword("MusicProvider")
FAILED_STEP = SearchAttributeKey.for_keyword("MusicFailedStep")
FAILURE_TYPE = SearchAttributeKey.for_keyword("MusicFailureType")

# Temporal's words for how an execution stands, by ours.
EXECUTION_STATUSES: dict[Ending, tuple[str, ...]] = {
    "running": ("Running", "ContinuedAsNew"),
    "completed": ("Completed",),
    "failed": ("Failed", "TimedOut", "Terminated"),
    "cancelled": ("Canceled",),
}

_STATUS: dict[WorkflowExecutionStatus, Ending] = {
    WorkflowExecutionStatus.RUNNING: "running",
    WorkflowExecutionStatus.CONTINUED_AS_NEW: "running",
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.TIMED_OUT: "failed",
    WorkflowExecutionStatus.TERMINATED: "failed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
}

_FROM_OUTSIDE = {
    WorkflowExecutionStatus.TIMED_OUT: JobTimedOut.__name__,
    WorkflowExecutionStatus.TERMINATED: TERMINATED,
}


def status_of(execution: WorkflowExecution) -> Ending:
    """How a job stands, from how its execution does."""
    assert execution.status
    return _STATUS[execution.status]


def summary_of(execution: WorkflowExecution) -> JobSummary:
    """A job's line in a list."""
    attributes = execution.typed_search_attributes
    step = attributes.get(STEP, "queued")
    failed_step, failure_type = attributes.get(FAILED_STEP), attributes.get(FAILURE_TYPE)
    if execution.status in _FROM_OUTSIDE:  # which runs no workflow code
        failed_step, failure_type = step, _FROM_OUTSIDE[execution.status]
    return JobSummary(
        job_id=execution.id,
        run_id=execution.run_id,
        customer_id=attributes.get(CUSTOMER, ""),
        status=status_of(execution),
        step=step,
        provider=attributes.get(PROVIDER, ""),
        started_at=execution.start_time,
        closed_at=execution.close_time,
        failed_step=failed_step,
        failure_type=failure_type,
    )


def list_query(*, customer_id: str | None, status: Ending | None, step: str | None) -> str:
    """The list filter, in Temporal's query language. Values come from checked input."""
    terms = ['WorkflowType="GenerateMusic"']
    if customer_id is not None:
        terms.append(f"MusicCustomer={_quoted(customer_id)}")
    if status is not None:
        names = ", ".join(_quoted(name) for name in EXECUTION_STATUSES[status])
        terms.append(f"ExecutionStatus IN ({names})")
    if step is not None:
        terms.append(f"MusicStep={_quoted(step)}")
    return " AND ".join(terms)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
