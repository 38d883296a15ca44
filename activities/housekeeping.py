"""Brings rows and staging in line with what Temporal knows.

Terminate and the server's own time-outs run no workflow code, and a worker may die after a job has ended: what a job
would have done then is done here. All of it can be done again at any time.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat, unless_shutdown
from activities.temporal_service import describe, temporal_service
from dalsegno.errors import FAILURE_TYPES, TERMINATED, InternalError, JobTimedOut
from dalsegno.models import Model, MusicResult
from dalsegno.ports import JobRecords, JobRow, ObjectStore

log = structlog.get_logger(__name__)

# A job that has just ended is about to write its own row.
SETTLED = timedelta(minutes=1)
# Orphans are remembered from one sweep to the next; what is beyond this waits for its turn.
MOST_ORPHANS = 1_000

_RUNNING = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW}


class Sweep(Model):
    """Which jobs' staging belongs to nobody, as of `at`, the workflow's time."""

    at: datetime
    orphans: list[str]


class Housekeeping:
    """The activities of the housekeeper."""

    def __init__(self, records: JobRecords, store: ObjectStore) -> None:
        self._records = records
        self._store = store

    @activity.defn
    async def reconcile_rows(self, at: datetime) -> list[str]:
        """Closes the rows of jobs that have ended without closing them; returns those jobs.

        Args:
            at: now, by the workflow's time.
        """

        async def reconcile() -> list[str]:
            closed = []
            known_since = at - await _retention()
            for row in await self._records.with_status("running", before=at - SETTLED):
                try:
                    changes = await self._ending(row, at, known_since)
                except ValidationError:  # a result that is none: one odd job must not keep the others waiting
                    log.exception("job_cannot_be_read", job_id=row.job_id)
                    continue
                if changes:
                    await self._records.update(
                        row.job_id,
                        request_sha256=row.request_sha256,
                        updated_at=changes.pop("at"),
                        changes=changes,
                    )
                    closed.append(row.job_id)
            return closed

        async with heartbeat():
            return await unless_shutdown(reconcile())

    @activity.defn
    async def sweep_staging(self, earlier: Sweep) -> Sweep:
        """Deletes the staging that no job will come back for; returns what will be deleted the next time.

        A job that begins anew stages what it needs before it is started: so staging is deleted only if it belonged
        to nobody the last time too.
        """

        async def sweep() -> Sweep:
            orphans = []
            known_since = earlier.at - await _retention()
            async for job_id in self._staged_jobs():
                if not await self._is_done_with(job_id, known_since):
                    continue
                if job_id not in earlier.orphans:
                    orphans.append(job_id)
                    continue
                async for key in self._store.list(f"staging/{job_id}/"):
                    await self._store.delete(key)
            return Sweep(at=earlier.at, orphans=orphans[:MOST_ORPHANS])

        async with heartbeat():
            return await unless_shutdown(sweep())

    async def _staged_jobs(self) -> AsyncIterator[str]:
        last = None
        async for key in self._store.list("staging/"):
            job_id = key.split("/")[1]
            if job_id != last:
                yield job_id
                last = job_id

    async def _is_done_with(self, job_id: str, known_since: datetime) -> bool:
        execution = await describe(job_id)
        if execution is None:
            # Only what is older than Temporal's memory was forgotten. All else may live on another server.
            row = await self._records.get(job_id)
            return row is not None and row.status != "running" and row.updated_at < known_since
        return execution.status == WorkflowExecutionStatus.COMPLETED

    async def _ending(self, row: JobRow, at: datetime, known_since: datetime) -> dict[str, Any] | None:
        """The columns that a row should have, with the time `at` of the job's end; None while the job runs."""
        execution = await describe(row.job_id)
        if execution is None:
            return _unknown(row, at, known_since)
        if execution.status in _RUNNING:
            return None
        ended_at = execution.close_time or at
        match execution.status:
            case WorkflowExecutionStatus.TIMED_OUT:
                return _failed(ended_at, JobTimedOut.__name__, "The job was ended by the server's time-out.")
            case WorkflowExecutionStatus.TERMINATED:
                return _failed(ended_at, TERMINATED, "The job was terminated from outside.")
            case WorkflowExecutionStatus.CANCELED:
                return {"at": ended_at, "status": "cancelled", "workflow_run_id": execution.run_id}
            case _:
                return await _told_by_its_end(execution, ended_at)


def _unknown(row: JobRow, at: datetime, known_since: datetime) -> dict[str, Any] | None:
    if row.updated_at >= known_since:  # too young to be forgotten: it may live on another server
        log.warning("job_unknown_here", job_id=row.job_id)
        return None
    return _failed(at, JobTimedOut.__name__, "Temporal has forgotten this job. Start it again.")


async def _retention() -> timedelta:
    """How long Temporal remembers a closed workflow."""
    client = activity.client()
    with temporal_service():
        namespace = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace)
        )
    return namespace.config.workflow_execution_retention_ttl.ToTimedelta()


def _failed(at: datetime, failure_type: str, message: str) -> dict[str, Any]:
    return {"at": at, "status": "failed", "failure_type": failure_type, "error_message": message}


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
            return _failed(ended_at, cause.type, cause.message)
        return _failed(ended_at, InternalError.__name__, "The job failed by a bug in Dal Segno.")
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
