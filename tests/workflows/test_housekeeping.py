"""What runs no workflow code is brought in line by the housekeeping."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy, WorkflowExecutionDescription
from temporalio.testing import ActivityEnvironment

import activities.housekeeping
import activities.row_in_line
from activities.housekeeping import Housekeeping, Sweep
from dalsegno.errors import JobEndedError, StorageDenied
from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE, MusicResult
from dalsegno.ports import JobRow
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.runtime.schedule import SCHEDULE_ID, schedule_housekeeping
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are looked at as soon as they are written."""
    monkeypatch.setattr(activities.housekeeping, "SETTLED", timedelta(0))


async def keep_house(temporal: Client) -> Sweep:
    """One round; what the next one has to know."""
    known: Sweep = await temporal.execute_workflow(
        HOUSEKEEPING_WORKFLOW_TYPE,
        id="one-round",
        task_queue=TASK_QUEUE,
        run_timeout=timedelta(seconds=40),
        result_type=Sweep,
    )
    return known


async def row_of(harness: Harness, job_id: str) -> JobRow:
    """The row, which must be there."""
    row = await harness.records.get(job_id)
    assert row
    return row


async def in_the_midst(harness: Harness, job_id: str) -> None:
    """Starts a job and waits until its row says that it is generating."""
    await harness.client.start(a_request(job_id=job_id))

    async def generating() -> bool:
        row = await harness.records.get(job_id)
        return bool(row and row.step == "generating")

    await eventually(generating)


async def test_the_row_of_a_terminated_job_says_so(harness: Harness, temporal: Client) -> None:
    """Its step is kept; a job that runs is left alone."""
    harness.providers = {"builtin": PatientProvider(harness.calls, harness.folder / "never")}
    async with harness.worker():
        await in_the_midst(harness, "ended")
        await in_the_midst(harness, "goes-on")
        await temporal.get_workflow_handle("ended").terminate("by hand")
        await keep_house(temporal)
    row = await row_of(harness, "ended")
    assert (row.status, row.step, row.failure_type) == ("failed", "generating", "Terminated")
    assert (await row_of(harness, "goes-on")).status == "running"


async def test_a_job_that_has_just_ended_is_left_to_write_its_own_row(
    harness: Harness, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is a row closed that is about to be, nor one opened."""
    monkeypatch.setattr(activities.housekeeping, "SETTLED", timedelta(hours=1))
    harness.providers = {"builtin": PatientProvider(harness.calls, harness.folder / "never")}
    await harness.client.start(a_request(job_id="just-ended-early"))
    await temporal.get_workflow_handle("just-ended-early").terminate("by hand")
    async with harness.worker():
        await in_the_midst(harness, "just-ended")
        await temporal.get_workflow_handle("just-ended").terminate("by hand")

        async def listed() -> bool:
            query = "WorkflowId STARTS_WITH 'just-ended' AND ExecutionStatus = 'Terminated'"
            return len([each async for each in temporal.list_workflows(query)]) == 2

        await eventually(listed)
        await keep_house(temporal)
    assert (await row_of(harness, "just-ended")).status == "running"
    assert await harness.records.get("just-ended-early") is None


async def test_a_store_that_refuses_does_not_keep_the_runs_from_being_looked_after(
    harness: Harness, temporal: Client
) -> None:
    """The next round knows how far this one has come."""
    harness.store = FaultyStore(
        harness.store,
        lambda operation, _key: StorageDenied("Not this list.") if operation == "list" else None,
    )
    async with harness.worker():
        known = await keep_house(temporal)
    assert known.runs_until


def a_running_row(job_id: str, written_at: datetime) -> JobRow:
    """The row of a job that Temporal doesn't know."""
    return JobRow(
        job_id=job_id,
        request_sha256="0",
        customer_id="acme",
        status="running",
        step="generating",
        provider="builtin",
        requested_duration_seconds=5,
        workflow_run_id="run",
        created_at=written_at,
        updated_at=written_at,
    )


async def test_all_running_rows_are_looked_at(harness: Harness, temporal: Client) -> None:
    """However many there are, in one round."""
    written_at = datetime.now(UTC) - timedelta(days=31)
    for number in range(45):
        await harness.records.open(a_running_row(f"row-{number}", written_at))
    async with harness.worker():
        await keep_house(temporal)
    assert await harness.records.with_status("running", before=datetime.now(UTC)) == []


@pytest.mark.parametrize(("days", "status"), [(31, "failed"), (29, "running")])
async def test_a_job_is_forgotten_only_after_the_retention(
    harness: Harness, temporal: Client, days: int, status: str
) -> None:
    """A row without a history doesn't stay running for ever; a younger one may live on another server."""
    job_id = f"unknown-{days}"
    await harness.records.open(a_running_row(job_id, datetime.now(UTC) - timedelta(days=days)))
    async with harness.worker():
        await keep_house(temporal)
    row = await row_of(harness, job_id)
    assert row.status == status
    assert row.failure_type == ("JobTimedOut" if status == "failed" else None)


async def test_one_odd_job_does_not_keep_the_others_waiting(
    harness: Harness, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that can't be read is left for people to look at."""
    async with harness.worker():
        for job_id in ("odd", "even"):
            await (await harness.client.start(a_request(job_id=job_id))).result()
            row = await row_of(harness, job_id)
            await harness.records.update(
                job_id,
                request_sha256=row.request_sha256,
                updated_at=row.updated_at,
                changes={"status": "running"},
            )
        told_by_its_end = activities.row_in_line._told_by_its_end

        async def fails_once(execution: WorkflowExecutionDescription, ended_at: datetime) -> dict[str, Any]:
            if execution.id == "odd":
                MusicResult.model_validate({})
            return await told_by_its_end(execution, ended_at)

        monkeypatch.setattr(activities.row_in_line, "_told_by_its_end", fails_once)
        reconcile = Housekeeping(harness.records, harness.store).reconcile_rows
        closed = await ActivityEnvironment(client=temporal).run(reconcile, datetime.now(UTC))
    assert closed == ["even"]
    assert (await row_of(harness, "odd")).status == "running"
    assert (await row_of(harness, "even")).status == "completed"


async def test_a_row_that_missed_the_end_is_completed(harness: Harness, temporal: Client) -> None:
    """From the result that Temporal has."""
    async with harness.worker():
        result = await (await harness.client.start(a_request(job_id="missed"))).result()
        row = await row_of(harness, "missed")
        await harness.records.update(
            "missed",
            request_sha256=row.request_sha256,
            updated_at=row.updated_at,
            changes={"status": "running", "step": "completed", "title": None},
        )
        await keep_house(temporal)
    row = await row_of(harness, "missed")
    assert (row.status, row.title) == ("completed", result.title)


async def test_staging_that_nobody_has_known_for_as_long_as_temporal_remembers_is_swept(
    harness: Harness, temporal: Client
) -> None:
    """What was staged for a job that was never started; until then it may be another server's."""
    await harness.store.put("staging/never-started/a.wav", b"-", content_type="audio/wav")
    first = datetime.now(UTC)
    known = Sweep(at=first, orphans=[])
    staged = []
    for days in (0, 29, 31, 31.1):
        known = known.model_copy(update={"at": first + timedelta(days=days)})
        sweep = Housekeeping(harness.records, harness.store).sweep_staging
        known = await ActivityEnvironment(client=temporal).run(sweep, known)
        assert known.unknown == {"never-started": first}
        staged.append(len([key async for key in harness.store.list("staging/")]))
    assert staged == [1, 1, 1, 0]


class InCompany(MemoryJobRecords):
    """Answers when so many have asked."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(parties)
        self.asked: list[str] = []

    async def get(self, job_id: str) -> JobRow | None:
        """Waits for the others."""
        self.asked.append(job_id)
        await self.barrier.wait()
        return await super().get(job_id)


async def test_staged_jobs_are_asked_about_in_groups_of_twenty(harness: Harness, temporal: Client) -> None:
    """Each once, however many objects it has staged."""
    jobs = [f"group-{number:02}" for number in range(40)]
    for job_id in jobs:
        for name in ("a.wav", "b.wav"):
            await harness.store.put(f"staging/{job_id}/{name}", b"-", content_type="audio/wav")
    records = InCompany(20)
    sweep = Housekeeping(records, harness.store).sweep_staging
    await ActivityEnvironment(client=temporal).run(sweep, Sweep(at=datetime.now(UTC), orphans=[]))
    assert sorted(records.asked) == jobs


async def test_staging_that_nobody_will_come_back_for_is_swept(harness: Harness, temporal: Client) -> None:
    """Not at first sight: what is staged before its job is started is somebody's. A failed job's is never touched."""
    memory = harness.store
    async with harness.worker():
        await (await harness.client.start(a_request(job_id="done"))).result()
    harness.break_publishing()
    await schedule_housekeeping(temporal, "a database")
    await schedule_housekeeping(temporal, "a database")  # made once
    handle = temporal.get_schedule_handle(SCHEDULE_ID)
    async with harness.worker():
        failed = await harness.client.start(a_request(job_id="failed"))
        with pytest.raises(JobEndedError):
            await failed.result()
        for orphan in ("done", "nobody"):
            await memory.put(f"staging/{orphan}/late.wav", b"late", content_type="audio/wav")

        async def rounds() -> int:
            return (await handle.describe()).info.num_actions

        async def staged() -> set[str]:
            return {key.split("/")[1] async for key in memory.list("staging/")}

        async def reached(count: int) -> bool:
            description = await handle.describe()
            return description.info.num_actions >= count and not description.info.running_actions

        before = await rounds()
        await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ALL)
        await eventually(lambda: reached(before + 1))

        assert await staged() == {"failed", "done", "nobody"}
        await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ALL)
        await eventually(lambda: reached(before + 2))
        # What neither Temporal nor the database knows may be another server's.
        assert await staged() == {"failed", "nobody"}
    await handle.delete()
