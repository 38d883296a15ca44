"""The dead letters: jobs whose current run ended without music, and the ways on from there."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from dalsegno.client.closing import HOPELESS
from dalsegno.client.reaching import reaching_temporal
from dalsegno.errors import JobEndedError
from dalsegno.models import (
    DISCARD_WORKFLOW_TYPE,
    FORGOTTEN_WORKFLOW_TYPE,
    RETRY_WORKFLOW_TYPE,
    STEPS,
    TASK_QUEUE,
    JobSummary,
    Step,
)

T = TypeVar("T")

# A worker asks for work at least this often.
_POLL_SECONDS = 70
_ASKING_TIMEOUT = timedelta(seconds=20)


@dataclass(frozen=True)
class RetryPlan:
    """What a retry of one job would do.

    Attributes:
        refusal: why it can't be retried, as the end of a sentence; None if it can.
        steps: the steps that would run again, the failed one first; those the job doesn't need are skipped.
    """

    job: JobSummary
    refusal: str | None
    steps: tuple[Step, ...]


def plan_retry(job: JobSummary) -> RetryPlan:
    """What a retry of a job would do, as it stands."""
    if job.forgotten:
        return RetryPlan(
            job, "Temporal keeps its history no longer: start it again with the same request", ()
        )
    if job.status in ("running", "completed"):
        return RetryPlan(job, f"it is {job.status}", ())
    if job.failure_type in HOPELESS:
        return RetryPlan(job, HOPELESS[job.failure_type], ())
    failed = job.failed_step or job.step
    begin = next((number for number, step in enumerate(STEPS) if step == failed), 0)
    return RetryPlan(job, None, STEPS[begin:-1] or STEPS[-1:])


async def request_retry(client: Client, plan: RetryPlan) -> WorkflowHandle[object, str]:
    """Orders the retry, durably: it is done once, by the next worker that comes, however often it is ordered."""
    retry_id = f"music-retry-{plan.job.run_id}"
    with reaching_temporal(), suppress(WorkflowAlreadyStartedError):  # somebody else has ordered it
        await client.start_workflow(
            RETRY_WORKFLOW_TYPE,
            {"job_id": plan.job.job_id, "run_id": plan.job.run_id},
            id=retry_id,
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"Retry {plan.job.job_id}",
        )
    return client.get_workflow_handle(retry_id, result_type=str)


async def forgotten_jobs(client: Client) -> list[JobSummary]:
    """The failed jobs that only the database remembers; none if no worker is there to ask it."""
    if not await worker_is_there(client):
        return []
    with reaching_temporal():
        asking = await client.start_workflow(
            FORGOTTEN_WORKFLOW_TYPE,
            id=f"music-forgotten-{uuid.uuid4().hex}",
            task_queue=TASK_QUEUE,
            result_type=list[JobSummary],
            run_timeout=_ASKING_TIMEOUT,
        )
        with suppress(WorkflowFailureError):  # the worker that seemed to be there wasn't
            jobs: list[JobSummary] = await asking.result()
            return jobs
    return []


async def discard(client: Client, job_id: str) -> None:
    """Takes a failed job off the list for good, with what it kept.

    Raises:
        JobEndedError: it can't be discarded.
    """
    with reaching_temporal():
        discarding = await client.start_workflow(
            DISCARD_WORKFLOW_TYPE,
            job_id,
            id=f"music-discard-{job_id}",
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,  # somebody else is about it
            static_summary=f"Discard {job_id}",
        )
    await outcome_of(discarding)


async def outcome_of(ordered: WorkflowHandle[object, T]) -> T:
    """Waits for what was ordered.

    Raises:
        JobEndedError: it could not be done; the message says why.
    """
    with reaching_temporal():
        try:
            return await ordered.result()
        except WorkflowFailureError as error:
            raise JobEndedError(str(error.cause.__cause__ or error.cause)) from error


async def worker_is_there(client: Client) -> bool:
    """Whether a worker has asked for jobs lately. One that was killed a minute ago may still seem to be there."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    with reaching_temporal():
        described = await client.workflow_service.describe_task_queue(request)
    since = datetime.now(UTC) - timedelta(seconds=_POLL_SECONDS)
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) >= since for poller in described.pollers)
