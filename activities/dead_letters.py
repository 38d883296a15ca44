"""What is done with jobs that have ended without music: they are taken up again, or discarded."""

import asyncio
import uuid
from datetime import datetime

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.reset_point import reset_point
from activities.temporal_service import describe, temporal_service
from dalsegno.errors import InvalidRequest
from dalsegno.models import JobSummary, Model, MusicJob
from dalsegno.ports import JobRecords, JobRow

# How many jobs are asked about at once.
_AT_ONCE = 20
# As rows say it, where Temporal has forgotten the job. A discard that is done again finds its own work.
_DISCARDABLE = {"failed", "cancelled", "discarded"}

_WITHOUT_MUSIC = {
    WorkflowExecutionStatus.FAILED,
    WorkflowExecutionStatus.TIMED_OUT,
    WorkflowExecutionStatus.TERMINATED,
    WorkflowExecutionStatus.CANCELED,
}


class RetryJob(Model):
    """A job, and the run of it that has ended and is to be taken up again."""

    job_id: str
    run_id: str


class TakeUpAgain(RetryJob):
    """The same, and when it was ordered (the workflow's time)."""

    at: datetime


class DiscardJob(Model):
    """A job, and when it was discarded (the workflow's time)."""

    job_id: str
    at: datetime


class DeadLetters:
    """The activities that act on jobs as a whole. They reach Temporal by the worker's own client."""

    def __init__(self, records: JobRecords) -> None:
        self._records = records

    @activity.defn
    async def take_up_again(self, taking: TakeUpAgain) -> str:
        """Resets a job to the step in which it ended; returns the run that goes on. The row says that it runs.

        Where another run has taken over meanwhile (by an earlier attempt of this very activity, say), that one it is.

        Raises:
            InvalidRequest: there is no such job.
        """
        current = await describe(taking.job_id)
        if current is None:
            raise InvalidRequest(f"There is no job {taking.job_id}.")
        run_id = current.run_id
        if run_id == taking.run_id and current.status in _WITHOUT_MUSIC:
            run_id = await _reset(current)
        row = await self._records.get(taking.job_id)
        if row:
            # As of the order: what the run that goes on writes is newer.
            changes = {
                "status": "running",
                "workflow_run_id": run_id,
                "error_message": None,
                "failure_type": None,
            }
            await self._records.update(
                row.job_id, request_sha256=row.request_sha256, updated_at=taking.at, changes=changes
            )
        # A job that begins anew can't see that it was reset: its superseded runs are forgotten here.
        await self._delete_runs(taking.job_id, but_current=True)
        return run_id

    @activity.defn
    async def forget_superseded_runs(self, job_id: str) -> None:
        """Deletes the runs that a reset has put behind the current one, so that no list of failures has them."""
        await self._delete_runs(job_id, but_current=True)

    @activity.defn
    async def mark_discarded(self, discarding: DiscardJob) -> None:
        """Closes the row of a job that is discarded. It stays, so that its id isn't given to another request.

        Raises:
            InvalidRequest: the job has not ended without music.
        """
        current = await describe(discarding.job_id)
        row = await self._records.get(discarding.job_id)
        if (current and current.status not in _WITHOUT_MUSIC) or (
            not current and (not row or row.status not in _DISCARDABLE)
        ):
            raise InvalidRequest(f"The job {discarding.job_id} is no failed job: it can't be discarded.")
        if row:
            await self._records.update(
                row.job_id,
                request_sha256=row.request_sha256,
                updated_at=discarding.at,
                changes={"status": "discarded"},
            )

    @activity.defn
    async def forget_job(self, job_id: str) -> bool:
        """Deletes all runs of a job that has ended; tells whether it did: a job that runs again keeps its own."""
        current = await describe(job_id)
        if current and current.status not in _WITHOUT_MUSIC:
            return False
        await self._delete_runs(job_id, but_current=False)
        return True

    @activity.defn
    async def forgotten_jobs(self, at: datetime) -> list[JobSummary]:
        """The failed jobs that only their rows remember, since Temporal keeps no history for ever.

        Args:
            at: now, by the workflow's time.
        """
        rows = await self._records.with_status("failed", before=at)
        forgotten = []
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            found = await asyncio.gather(*(describe(row.job_id) for row in some))
            forgotten += [
                _remembered(row) for row, execution in zip(some, found, strict=True) if execution is None
            ]
        return forgotten

    async def _delete_runs(self, job_id: str, *, but_current: bool) -> None:
        client = activity.client()
        current = await describe(job_id)
        if current is None:
            return
        with temporal_service():
            query = f"WorkflowId = '{job_id}' AND ExecutionStatus != 'Running'"
            runs = {each.run_id async for each in client.list_workflows(query)} - {current.run_id}
            for run_id in [*runs] if but_current else [*runs, current.run_id]:
                await _delete(client, job_id, run_id)


async def _reset(ended: WorkflowExecutionDescription) -> str:
    client = activity.client()
    with temporal_service():
        history = await client.get_workflow_handle(ended.id, run_id=ended.run_id).fetch_history()
        point = reset_point(history.events)
        if point is None:
            return await _start_anew(client, ended)
        reset = await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=ended.id, run_id=ended.run_id),
                reason="retry",
                workflow_task_finish_event_id=point,
                request_id=str(uuid.uuid4()),
            )
        )
        return reset.run_id


async def _delete(client: Client, job_id: str, run_id: str) -> None:
    try:
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=job_id, run_id=run_id),
            )
        )
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:  # somebody else has deleted it
            raise


async def _start_anew(client: Client, ended: WorkflowExecutionDescription) -> str:
    """Starts a job that ended before it had begun, with all that it was started with."""
    history = await client.get_workflow_handle(ended.id, run_id=ended.run_id).fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    (job,) = await client.data_converter.decode(started.input.payloads, [MusicJob])
    again = await client.start_workflow(
        ended.workflow_type,
        job,
        id=ended.id,
        task_queue=ended.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        run_timeout=started.workflow_run_timeout.ToTimedelta(),
        task_timeout=started.workflow_task_timeout.ToTimedelta(),
        memo=await ended.memo(),
        search_attributes=ended.typed_search_attributes,
        static_summary=await ended.static_summary(),
    )
    assert again.first_execution_run_id
    return again.first_execution_run_id


def _remembered(row: JobRow) -> JobSummary:
    return JobSummary(
        job_id=row.job_id,
        run_id=row.workflow_run_id,
        customer_id=row.customer_id,
        status="failed",
        step=row.step,
        provider=row.provider,
        started_at=row.created_at,
        closed_at=row.updated_at,
        failed_step=row.step,
        failure_type=row.failure_type,
        forgotten=True,
    )
