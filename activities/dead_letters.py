"""What is done with jobs that have ended without music: they are taken up again, or discarded."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from activities.row_in_line import SETTLED_ROWS, belongs_to, is_running, running
from activities.superseded_runs import delete_runs, forget_superseded, listed_runs, superseded_runs
from activities.taking_up import ENDED_WITHOUT_MUSIC, take_up
from activities.temporal_service import describe
from dalsegno.errors import InvalidRequest
from dalsegno.models import ForgottenPage, ForgottenQuestion, JobSummary, Model
from dalsegno.ports import JobRecords, JobRow, RowPlace

# How many jobs are asked about at once.
_AT_ONCE = 20
# So many rows are looked at for one page: within an attempt, also on a machine that is busy.
PAGE = 200
# As rows say it, where Temporal has forgotten the job. A discard that is done again finds its own work.
_ENDED_WITHOUT_MUSIC = {"failed", "cancelled"}
_DISCARDED = "discarded"
_DISCARDABLE = {*_ENDED_WITHOUT_MUSIC, _DISCARDED}
# How often it is looked whether a history is gone: the server deletes in its own time, which is seconds.
_GONE_YET_SECONDS = 0.5


class RetryJob(Model):
    """A job, the run of it that has ended and is to be taken up again, and what was decided about its payment.

    Attributes:
        adopt: the provider's task that its payment in doubt has led to.
        pay_again: another payment is ordered.
    """

    job_id: str
    run_id: str
    adopt: str | None = None
    pay_again: bool = False


class TakeUpAgain(Model):
    """A job, and its run that has ended."""

    job_id: str
    run_id: str


class DiscardJob(Model):
    """A job, and when it was discarded (the workflow's time)."""

    job_id: str
    at: datetime


class FindForgotten(ForgottenQuestion):
    """What is asked, and when (the workflow's time)."""

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
            InvalidRequest: there is no such job, or it was discarded.
        """
        begun = time.monotonic()
        await self._refuse_discarded(taking.job_id)
        run_id = await take_up(taking.job_id, taking.run_id, begun)
        await self._say_that_it_runs(taking.job_id)
        if run_id != taking.run_id:
            # A job that begins anew can't see that it was reset: its superseded runs are forgotten here.
            before = await superseded_runs(taking.job_id, taking.run_id)
            await delete_runs(taking.job_id, [*before, taking.run_id])
        return run_id

    @activity.defn
    async def forget_superseded_runs(self, job_id: str) -> None:
        """Deletes the runs that a reset has put behind the current one, so that no list of failures has them."""
        await forget_superseded(job_id)

    @activity.defn
    async def mark_discarded(self, discarding: DiscardJob) -> bool:
        """Closes the row of a job that is discarded. It stays, so that its id isn't given to another request.

        Returns:
            Whether what else there is under the job's id is its own: a job that was refused because the id belongs to
            another request leaves that one's row and staging alone.

        Raises:
            InvalidRequest: the job has not ended without music.
        """
        current = await describe(discarding.job_id)
        row = await self._records.get(discarding.job_id)
        if (current and current.status not in ENDED_WITHOUT_MUSIC) or (
            not current and (not row or row.status not in _DISCARDABLE)
        ):
            raise InvalidRequest(f"The job {discarding.job_id} is no failed job: it can't be discarded.")
        if row and current and not await belongs_to(row, current):
            return False
        if row:
            await self._records.update(
                row.job_id,
                request_sha256=row.request_sha256,
                updated_at=discarding.at,
                changes={"status": _DISCARDED},
            )
        return True

    @activity.defn
    async def forget_job(self, job_id: str) -> bool:
        """Deletes all runs of a job that has ended; tells whether it did: a job that runs again keeps its own.

        It returns when they are gone: until then the job could still be taken up again, and would miss what it kept.
        """

        async def forget() -> bool:
            deleted = None
            while True:
                listed = await listed_runs(job_id)
                current = await describe(job_id)
                if current is None:
                    return True
                if current.status not in ENDED_WITHOUT_MUSIC:
                    return False
                if current.run_id != deleted:
                    superseded = await superseded_runs(job_id, current.run_id)
                    others = {*listed} - {current.run_id, *superseded}
                    # The current one last: through it the others are found.
                    await delete_runs(job_id, [*superseded, *others, current.run_id])
                    deleted = current.run_id
                await asyncio.sleep(_GONE_YET_SECONDS)

        async with heartbeat():
            return await unless_shutdown(forget())

    async def _refuse_discarded(self, job_id: str) -> None:
        row = await self._records.get(job_id)
        if row is None or row.status != _DISCARDED:
            return
        current = await describe(job_id)
        if current and await belongs_to(row, current):
            raise InvalidRequest(f"The job {job_id} was discarded: start it again with the same request.")

    async def _say_that_it_runs(self, job_id: str) -> None:
        """Where the run that goes on has not ended again: it may be another one than was ordered, and long over."""
        current = await describe(job_id)
        row = await self._records.get(job_id)
        if (
            current
            and is_running(current)
            and row
            and row.status not in SETTLED_ROWS
            and await belongs_to(row, current)
        ):
            changes = running(current)
            await self._records.update(
                job_id, request_sha256=row.request_sha256, updated_at=changes.pop("at"), changes=changes
            )

    @activity.defn
    async def forgotten_jobs(self, finding: FindForgotten) -> ForgottenPage:
        """The jobs that only their rows remember, since Temporal keeps no history for ever."""
        if finding.job_id is not None:
            row = await self._records.get(finding.job_id)
            ended = [row] if row and row.status in _ENDED_WITHOUT_MUSIC else []
            return ForgottenPage(jobs=await _forgotten(ended))
        after = RowPlace(*finding.after) if finding.after else None
        rows = await self._records.with_status("failed", before=finding.at, after=after, limit=PAGE)
        return ForgottenPage(jobs=await _forgotten(rows), after=rows[-1].place if len(rows) == PAGE else None)


async def _forgotten(rows: Sequence[JobRow]) -> list[JobSummary]:
    forgotten = []
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        found = await asyncio.gather(*(describe(row.job_id) for row in some))
        forgotten += [_remembered(row) for row, execution in zip(some, found, strict=True) if not execution]
    return forgotten


def _remembered(row: JobRow) -> JobSummary:
    return JobSummary.model_validate(
        {
            "job_id": row.job_id,
            "run_id": row.workflow_run_id,
            "customer_id": row.customer_id,
            "status": row.status,
            "step": row.step,
            "provider": row.provider,
            "started_at": row.created_at,
            "closed_at": row.updated_at,
            "failed_step": row.step,
            "failure_type": row.failure_type,
            "forgotten": True,
        }
    )
