"""Brings rows, runs and staging in line with what Temporal knows.

Terminate and the server's own time-outs run no workflow code, a reset to a job's first task is seen by no workflow
code, and a worker may die after a job has ended: what a job would have done then is done here. All of it can be done
again at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta

import structlog
from pydantic import Field
from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat, unless_shutdown
from activities.job_records import opened_row
from activities.row_in_line import (
    belongs_to,
    changes_of,
    failed,
    is_running,
    started_with,
    step_of,
)
from activities.superseded_runs import forget_superseded
from activities.taking_up import is_anew
from activities.temporal_service import GoneError, describe, temporal_service
from dalsegno.errors import JobTimedOut, TemporaryError
from dalsegno.models import WORKFLOW_TYPE, Model
from dalsegno.ports import JobRecords, JobRow, ObjectStore

log = structlog.get_logger(__name__)

# A job that has just ended is about to write its own row.
SETTLED = timedelta(minutes=1)
# Orphans are remembered from one sweep to the next; what is beyond this waits for its turn.
MOST_ORPHANS = 1_000
# So many jobs whose runs began or ended are looked at in one round, or those of one stretch if they are more.
MOST_JOBS = 5_000
STRETCH, LONGEST_STRETCH = timedelta(hours=1), timedelta(days=1)
# Temporal's lists are written after the event: the last round's end is looked at again.
OVERLAP = timedelta(minutes=10)
# How many jobs are asked about at once.
_AT_ONCE = 20


class Sweep(Model):
    """What one round knows of the one before.

    Attributes:
        at: when it was, by the workflow's time.
        orphans: the jobs whose staging belonged to nobody.
        unknown: the jobs whose staging is there and that neither Temporal nor the database knows: since when.
        runs_until: up to when all runs that began or ended have been looked at; None before the first time.
    """

    at: datetime
    orphans: list[str]
    unknown: dict[str, datetime] = Field(default_factory=dict)
    runs_until: datetime | None = None


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
            closed: list[str] = []
            known_since = at - await _retention()

            async def close(row: JobRow) -> None:
                execution = await describe(row.job_id)
                if execution:
                    changed = await self._bring_in_line(row, execution)
                else:
                    changed = await self._give_up(row, at, known_since)
                if changed:
                    closed.append(row.job_id)

            async for some in self._running_rows(at - SETTLED):
                await asyncio.gather(*(_apart(row.job_id, close(row)) for row in some))
            return closed

        async with heartbeat():
            return await unless_shutdown(reconcile())

    @activity.defn
    async def reconcile_runs(self, earlier: Sweep) -> datetime:
        """Looks at the jobs of which a run began or ended since the last round; returns up to when it has looked.

        Where Temporal knows more than the rows, these are brought in line; a job that ended before its row was there
        is given one. Runs that a reset has superseded are deleted.

        Args:
            earlier: what the last round knew, with the time of this one.
        """

        async def reconcile() -> datetime:
            until = earlier.at - SETTLED
            since = earlier.runs_until - OVERLAP if earlier.runs_until else until - await _retention()
            looked_at, stretch = 0, STRETCH
            while since < until and looked_at < MOST_JOBS:
                end = min(since + stretch, until)
                jobs = await _jobs_between(since, end)
                for first in range(0, len(jobs), _AT_ONCE):
                    some = jobs[first : first + _AT_ONCE]
                    await asyncio.gather(
                        *(_apart(job_id, self._look_after(job_id, until)) for job_id in some)
                    )
                looked_at += len(jobs)
                since = end
                # Quickly through the times in which nothing was done.
                stretch = STRETCH if jobs else min(2 * stretch, LONGEST_STRETCH)
            return since

        async with heartbeat():
            return await unless_shutdown(reconcile())

    @activity.defn
    async def sweep_staging(self, earlier: Sweep) -> Sweep:
        """Deletes the staging that no job will come back for; returns what will be deleted the next time.

        A job that begins anew stages what it needs before it is started: so staging is deleted only if it belonged
        to nobody the last time too. What nobody knows may live on another server, but not longer than such a server
        remembers: it belongs to nobody when it has been unknown for as long as this one does.
        """

        async def sweep() -> Sweep:
            orphans: list[str] = []
            unknown: dict[str, datetime] = {}
            known_since = earlier.at - await _retention()

            async def look_at(job_id: str) -> None:
                execution = await describe(job_id)
                row = None if execution else await self._records.get(job_id)
                if not execution and not row:
                    unknown[job_id] = earlier.unknown.get(job_id, earlier.at)
                    done_with = unknown[job_id] < known_since
                else:
                    done_with = _is_done_with(execution, row, known_since)
                if not done_with:
                    return
                if job_id not in earlier.orphans:
                    orphans.append(job_id)
                    return
                async for key in self._store.list(f"staging/{job_id}/"):
                    await self._store.delete(key)

            async for some in self._staged_jobs():
                await asyncio.gather(*(_apart(job_id, look_at(job_id)) for job_id in some))
            longest_unknown = sorted(unknown.items(), key=lambda each: each[1])[:MOST_ORPHANS]
            return earlier.model_copy(
                update={"orphans": orphans[:MOST_ORPHANS], "unknown": dict(longest_unknown)}
            )

        async with heartbeat():
            return await unless_shutdown(sweep())

    async def _running_rows(self, before: datetime) -> AsyncIterator[list[JobRow]]:
        after = None
        while some := await self._records.with_status("running", before=before, after=after, limit=_AT_ONCE):
            yield some
            after = some[-1].place

    async def _staged_jobs(self) -> AsyncIterator[list[str]]:
        some: list[str] = []
        async for key in self._store.list("staging/"):
            job_id = key.split("/")[1]
            if some and job_id == some[-1]:
                continue
            if len(some) == _AT_ONCE:
                yield some
                some = []
            some.append(job_id)
        if some:
            yield some

    async def _look_after(self, job_id: str, until: datetime) -> None:
        execution = await describe(job_id)
        if execution is None:
            return
        if _was_reset(execution) or is_anew(execution):
            await forget_superseded(job_id)
        row = await self._records.get(job_id)
        if is_running(execution):
            if row:  # else it is about to open it
                await self._bring_in_line(row, execution)
            return
        assert execution.close_time
        if execution.close_time > until:  # not settled: it is looked at the next time
            return
        if row := row or await self._open(execution):
            await self._bring_in_line(row, execution)

    async def _open(self, execution: WorkflowExecutionDescription) -> JobRow | None:
        """The row of a job that has ended before there was one: it begins as running, and is closed like any other."""
        job = await started_with(execution)
        if job is None:
            log.warning("job_without_a_row", job_id=execution.id)
            return None
        return await self._records.open(
            opened_row(job, execution.run_id, execution.start_time, status="running", step=step_of(execution))
        )

    async def _bring_in_line(self, row: JobRow, execution: WorkflowExecutionDescription) -> bool:
        changes = await changes_of(row, execution)
        if changes is None or not await belongs_to(
            row, execution
        ):  # refused: the id belongs to another request
            return False
        await self._update(row, changes)
        return True

    async def _give_up(self, row: JobRow, at: datetime, known_since: datetime) -> bool:
        if row.updated_at >= known_since:  # too young to be forgotten: it may live on another server
            log.warning("job_unknown_here", job_id=row.job_id)
            return False
        await self._update(
            row, failed(at, JobTimedOut.__name__, "Temporal has forgotten this job. Start it again.")
        )
        return True

    async def _update(self, row: JobRow, changes: dict[str, object]) -> None:
        at = changes.pop("at")
        assert isinstance(at, datetime)
        await self._records.update(
            row.job_id, request_sha256=row.request_sha256, updated_at=at, changes=changes
        )


def _is_done_with(
    execution: WorkflowExecutionDescription | None, row: JobRow | None, known_since: datetime
) -> bool:
    if execution:
        return execution.status == WorkflowExecutionStatus.COMPLETED
    # Only what is older than Temporal's memory was forgotten. All else may live on another server.
    return row is not None and row.status != "running" and row.updated_at < known_since


def _was_reset(execution: WorkflowExecutionDescription) -> bool:
    return execution.raw_description.workflow_extended_info.HasField("last_reset_time")


async def _apart(job_id: str, looking: Awaitable[None]) -> None:
    """Looks at one job so that what is odd about it keeps no other waiting. What may heal is raised."""
    try:
        await looking
    except GoneError:
        log.info("job_gone_meanwhile", job_id=job_id)
    except TemporaryError:
        raise
    except ApplicationError as error:
        if not error.non_retryable:
            raise
        log.exception("job_not_looked_at", job_id=job_id)
    except Exception:
        log.exception("job_not_looked_at", job_id=job_id)


async def _jobs_between(since: datetime, until: datetime) -> list[str]:
    """The jobs of which a run began or ended within a stretch of time."""
    between = " OR ".join(
        f"({time} > '{since.isoformat()}' AND {time} <= '{until.isoformat()}')"
        for time in ("StartTime", "CloseTime")
    )
    with temporal_service():
        found = activity.client().list_workflows(f"WorkflowType = '{WORKFLOW_TYPE}' AND ({between})")
        return list(dict.fromkeys([each.id async for each in found]))


async def _retention() -> timedelta:
    """How long Temporal remembers a closed workflow."""
    client = activity.client()
    with temporal_service():
        namespace = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace)
        )
    return namespace.config.workflow_execution_retention_ttl.ToTimedelta()
