"""The dead letters: jobs whose current run ended without music, and the ways on from there."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable
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
from dalsegno.errors import JobEndedError, UnreachableError
from dalsegno.models import (
    CPU_TASK_QUEUE,
    DISCARD_WORKFLOW_TYPE,
    FORGOTTEN_WORKFLOW_TYPE,
    PROVIDERS,
    REFERENCE_TASK_QUEUE,
    RETRY_WORKFLOW_TYPE,
    STEPS,
    SUBMIT_TASK_QUEUE,
    TASK_QUEUE,
    ForgottenPage,
    ForgottenQuestion,
    JobSummary,
    Step,
)

T = TypeVar("T")

# A worker asks for work at least this often.
_POLL_SECONDS = 70
_ASKING_TIMEOUT = timedelta(seconds=20)
_ON_CPU = {"analyzing", "generating"}
_OF_REFERENCE = {"extracting", "identifying"}
# Who makes music for nothing, and without a service.
BUILTIN = "builtin"


@dataclass(frozen=True)
class RetryPlan:
    """What a retry of one job would do.

    Attributes:
        refusal: why it can't be retried, as the end of a sentence; None if it can.
        steps: the steps that would run again, the failed one first; those the job doesn't need are skipped.
        adopt: the provider's task that is said to be the job's.
        pay_again: whether another payment is ordered.
    """

    job: JobSummary
    refusal: str | None
    steps: tuple[Step, ...]
    adopt: str | None = None
    pay_again: bool = False


def plan_retry(job: JobSummary, *, adopt: str | None = None, pay_again: bool = False) -> RetryPlan:
    """What a retry of a job would do, as it stands.

    Args:
        job: as it stands.
        adopt: the provider's task that its payment in doubt has led to.
        pay_again: another payment is ordered.
    """
    if adopt is not None or pay_again:
        return _plan_decided(job, adopt, pay_again=pay_again)
    if job.forgotten:
        return RetryPlan(
            job, "Temporal keeps its history no longer: start it again with the same request", ()
        )
    if job.status in ("running", "completed"):
        return RetryPlan(job, f"it is {job.status}", ())
    if job.failure_type in HOPELESS:
        return RetryPlan(job, HOPELESS[job.failure_type], ())
    return RetryPlan(job, None, _steps_from(job.failed_step or job.step))


def _plan_decided(job: JobSummary, adopt: str | None, *, pay_again: bool) -> RetryPlan:
    """The plan where a person has decided about a payment. Whether one is in doubt the ledger knows."""
    if job.status in ("running", "completed"):
        return RetryPlan(job, f"it is {job.status}", ())
    if job.forgotten:
        again = "start it again with the same request, and decide when it says that its payment is in doubt"
        return RetryPlan(job, f"Temporal keeps its history no longer: {again}", ())
    if PROVIDERS.get(job.provider) != "task":
        return RetryPlan(job, "no payment of it is in doubt", ())
    return RetryPlan(job, None, _steps_from(job.failed_step or job.step), adopt, pay_again)


def _steps_from(failed: str) -> tuple[Step, ...]:
    begin = next((number for number, step in enumerate(STEPS) if step == failed), 0)
    return STEPS[begin:-1] or STEPS[-1:]


async def request_retry(client: Client, plan: RetryPlan) -> None:
    """Orders the retry, durably: it is done once, by the next worker that comes, however often it is ordered.

    Raises:
        JobEndedError: another retry of this run was ordered before, and a decision about its payment can't join it.
    """
    retrying = {"job_id": plan.job.job_id, "run_id": plan.job.run_id}
    decision = {"adopt": plan.adopt, "pay_again": plan.pay_again} if plan.adopt or plan.pay_again else {}
    with reaching_temporal():
        try:
            await client.start_workflow(
                RETRY_WORKFLOW_TYPE,
                retrying | decision,
                id=_retry_id(plan),
                task_queue=TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=f"Retry {plan.job.job_id}",
            )
        except WorkflowAlreadyStartedError:  # somebody else has ordered it
            if decision:
                raise JobEndedError(
                    f"Another retry of the job {plan.job.job_id} was ordered before: see what becomes of it first."
                ) from None


def ordered_retry(client: Client, plan: RetryPlan) -> WorkflowHandle[object, str]:
    """The retry that was ordered."""
    return client.get_workflow_handle(_retry_id(plan), result_type=str)


def _retry_id(plan: RetryPlan) -> str:
    return f"music-retry:{plan.job.run_id}"


async def forgotten_jobs(client: Client) -> AsyncIterator[JobSummary]:
    """The failed jobs that only the database remembers, the oldest first.

    Raises:
        UnreachableError: no worker answers in time.
    """
    page = await _ask(client, ForgottenQuestion())
    while True:
        for job in page.jobs:
            yield job
        if page.after is None:
            return
        page = await _ask(client, ForgottenQuestion(after=page.after))


async def forgotten_job(client: Client, job_id: str) -> JobSummary | None:
    """One of them, if it is one.

    Raises:
        UnreachableError: no worker answers in time.
    """
    page = await _ask(client, ForgottenQuestion(job_id=job_id))
    return page.jobs[0] if page.jobs else None


async def _ask(client: Client, question: ForgottenQuestion) -> ForgottenPage:
    if await missing_workers(client, [TASK_QUEUE]):
        raise UnreachableError("No worker answers that could ask the database.")
    with reaching_temporal():
        asking = await client.start_workflow(
            FORGOTTEN_WORKFLOW_TYPE,
            question,
            id=f"music-forgotten-{uuid.uuid4().hex}",
            task_queue=TASK_QUEUE,
            result_type=ForgottenPage,
            run_timeout=_ASKING_TIMEOUT,
        )
        try:
            page: ForgottenPage = await asking.result()
        except WorkflowFailureError as error:
            seconds = _ASKING_TIMEOUT.total_seconds()
            raise UnreachableError(
                f"No worker has asked the database within {seconds:g} seconds: is it there?"
            ) from error
    return page


async def discard(client: Client, job_id: str) -> None:
    """Takes a failed job off the list for good, with what it kept.

    Raises:
        JobEndedError: it can't be discarded.
    """
    with reaching_temporal():
        discarding = await client.start_workflow(
            DISCARD_WORKFLOW_TYPE,
            job_id,
            id=f"music-discard:{job_id}",
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


def queues_of(plan: RetryPlan) -> set[str]:
    """The task queues for which workers are needed, so that a job that is retried gets through."""
    queues = {TASK_QUEUE}
    if _ON_CPU.intersection(plan.steps):
        queues.add(CPU_TASK_QUEUE)
    if _OF_REFERENCE.intersection(plan.steps):
        queues.add(REFERENCE_TASK_QUEUE)
    if "generating" in plan.steps and plan.job.provider != BUILTIN:
        queues.add(SUBMIT_TASK_QUEUE)
    return queues


async def missing_workers(client: Client, queues: Iterable[str]) -> list[str]:
    """Those of the task queues that no worker has asked for work lately.

    One that was killed a minute ago may still seem to be there.
    """
    asked = list(queues)
    there = await asyncio.gather(*(_is_polled(client, queue) for queue in asked))
    return [queue for queue, polled in zip(asked, there, strict=True) if not polled]


async def _is_polled(client: Client, queue: str) -> bool:
    # Jobs are led in the one queue; in the others there is nothing but work.
    kind = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        if queue == TASK_QUEUE
        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    with reaching_temporal():
        described = await client.workflow_service.describe_task_queue(request)
    since = datetime.now(UTC) - timedelta(seconds=_POLL_SECONDS)
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) >= since for poller in described.pollers)
