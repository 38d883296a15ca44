"""What is done with jobs that have ended without music: they are taken up again, or discarded."""

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


class DiscardJob(Model):
    """A job, and when it was discarded (the workflow's time)."""

    job_id: str
    at: datetime


class DeadLetters:
    """The activities that act on jobs as a whole. They reach Temporal by the worker's own client."""

    def __init__(self, records: JobRecords) -> None:
        self._records = records

    @activity.defn
    async def take_up_again(self, retrying: RetryJob) -> str:
        """Resets a job to the step in which it ended; returns the run that goes on.

        Where another run has taken over meanwhile (by an earlier attempt of this very activity, say), that one it is.
        """
        client = activity.client()
        with temporal_service():
            current = await client.get_workflow_handle(retrying.job_id).describe()
            if current.run_id != retrying.run_id or current.status not in _WITHOUT_MUSIC:
                return current.run_id
            ended = client.get_workflow_handle(retrying.job_id, run_id=retrying.run_id)
            point = reset_point((await ended.fetch_history()).events)
            if point is None:
                return await _start_anew(client, current)
            reset = await client.workflow_service.reset_workflow_execution(
                ResetWorkflowExecutionRequest(
                    namespace=client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id=retrying.job_id, run_id=retrying.run_id),
                    reason="retry",
                    workflow_task_finish_event_id=point,
                    request_id=str(uuid.uuid4()),
                )
            )
            return reset.run_id

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
        if current and current.status not in _WITHOUT_MUSIC:
            raise InvalidRequest(f"The job {discarding.job_id} is no failed job: it can't be discarded.")
        row = await self._records.get(discarding.job_id)
        if row:
            await self._records.update(
                row.job_id,
                request_sha256=row.request_sha256,
                updated_at=discarding.at,
                changes={"status": "discarded"},
            )

    @activity.defn
    async def forget_job(self, job_id: str) -> None:
        """Deletes all runs of a job that has ended."""
        await self._delete_runs(job_id, but_current=False)

    @activity.defn
    async def forgotten_jobs(self, at: datetime) -> list[JobSummary]:
        """The failed jobs that only their rows remember, since Temporal keeps no history for ever.

        Args:
            at: now, by the workflow's time.
        """
        failed = await self._records.with_status("failed", before=at)
        return [_remembered(row) for row in failed if await describe(row.job_id) is None]

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
