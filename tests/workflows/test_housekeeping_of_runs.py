"""Jobs whose runs began or ended without telling their rows, and runs that a reset has left behind."""

import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

import activities.housekeeping
from activities.housekeeping import Housekeeping, Sweep
from activities.taking_up import take_up
from dalsegno.client import JobHandle
from dalsegno.errors import DatabaseUnavailable, InternalError, JobEndedError
from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE
from dalsegno.ports import JobRow
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.forgetting import forget
from tests.support.harness import Harness, a_request
from tests.support.meanwhile import Meanwhile
from tests.support.providers import PatientProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The end of the first workflow task of every job.
FIRST_TASK = 4


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are looked at as soon as they have ended."""
    monkeypatch.setattr(activities.housekeeping, "SETTLED", timedelta(0))


async def keep_house_until(temporal: Client, condition: Callable[[], Awaitable[bool]]) -> None:
    """One round after the other: what Temporal doesn't list yet is found by a later one."""

    async def kept() -> bool:
        await temporal.execute_workflow(
            HOUSEKEEPING_WORKFLOW_TYPE,
            id="one-round",
            task_queue=TASK_QUEUE,
            run_timeout=timedelta(minutes=1),
        )
        return await condition()

    await eventually(kept, 90)


async def reset_to_the_first_task(temporal: Client, job_id: str) -> None:
    """A plain reset to where no workflow code can see it."""
    described = await temporal.get_workflow_handle(job_id).describe()
    await temporal.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=temporal.namespace,
            workflow_execution=WorkflowExecution(workflow_id=job_id, run_id=described.run_id),
            reason="test",
            workflow_task_finish_event_id=FIRST_TASK,
            request_id=str(uuid.uuid4()),
        )
    )


async def fail(harness: Harness, job_id: str) -> JobHandle:
    """Runs a job to its failure."""
    job = await harness.client.start(a_request(job_id=job_id))
    with pytest.raises(JobEndedError):
        await job.result()
    return job


async def generating(harness: Harness, job_id: str) -> JobHandle:
    """Starts a job and waits until its provider is at work."""
    before = calls_noted(harness.calls)
    job = await harness.client.start(a_request(job_id=job_id))

    async def at_work() -> bool:
        return calls_noted(harness.calls) > before

    await eventually(at_work)
    return job


async def has_row(harness: Harness, job_id: str, **columns: object) -> bool:
    """Whether the row is there and says so."""
    row = await harness.records.get(job_id)
    return row is not None and {name: getattr(row, name) for name in columns} == columns


async def run_of(temporal: Client, job_id: str) -> str:
    """A job's current run."""
    return (await temporal.get_workflow_handle(job_id).describe()).run_id


async def test_a_run_that_was_reset_at_its_first_task_is_deleted(harness: Harness, temporal: Client) -> None:
    """The new run can't see the reset. It is left alone, and so is a job that was never reset."""
    broken = harness.break_publishing()
    async with harness.worker():
        job = await fail(harness, "from-the-start")
        await fail(harness, "stays-failed")
        broken.clear()
        for _ in range(2):
            await reset_to_the_first_task(temporal, "from-the-start")
            await job.result()

        async def one_run_is_left() -> bool:
            query = "WorkflowId = 'from-the-start'"
            return len([each async for each in temporal.list_workflows(query)]) == 1

        assert not await one_run_is_left()
        await keep_house_until(temporal, one_run_is_left)
        assert (await job.status()).status == "completed"
        assert (await harness.client.job("stays-failed").status()).status == "failed"


async def test_a_run_in_whose_place_a_job_began_anew_is_deleted(harness: Harness, temporal: Client) -> None:
    """Where whoever started it could not: the new run was never reset, and knows nothing of the old one."""
    await harness.client.start(a_request(job_id="began-anew"))
    handle = temporal.get_workflow_handle("began-anew")
    await handle.terminate("by hand")
    old = (await handle.describe()).run_id
    again = await ActivityEnvironment(client=temporal).run(take_up, "began-anew", old, time.monotonic())

    async def listed(*run_ids: str) -> bool:
        query = "WorkflowId = 'began-anew'"
        return {each.run_id async for each in temporal.list_workflows(query)} == {*run_ids}

    async with harness.worker():
        await harness.client.job("began-anew").result()
        await eventually(lambda: listed(old, again))
        await keep_house_until(temporal, lambda: listed(again))


async def test_other_peoples_runs_are_left_alone(harness: Harness, temporal: Client) -> None:
    """In a namespace that is shared, also those that a reset has superseded."""
    theirs = await temporal.start_workflow("SomebodyElses", id="theirs", task_queue="elsewhere")
    await theirs.terminate("theirs")

    async def listed() -> bool:
        return len([each async for each in temporal.list_workflows("WorkflowId = 'theirs'")]) == 1

    await eventually(listed)
    async with harness.worker():
        await keep_house_until(temporal, listed)
    assert (await theirs.describe()).run_id
    assert await harness.records.get("theirs") is None


async def test_a_job_that_was_terminated_before_it_began_gets_a_row(
    harness: Harness, temporal: Client
) -> None:
    """With all that it was asked for, so that its id isn't given to another request."""
    await harness.client.start(a_request(job_id="never-began", mood="epic", prompt="drums"))
    await temporal.get_workflow_handle("never-began").terminate("by hand")
    async with harness.worker():
        await keep_house_until(temporal, lambda: has_row(harness, "never-began", status="failed"))
    row = await harness.records.get("never-began")
    assert row
    assert (row.failure_type, row.step, row.mood, row.prompt, row.requested_duration_seconds) == (
        "Terminated",
        "queued",
        "epic",
        "drums",
        5,
    )
    assert row.request_sha256 == a_request(mood="epic", prompt="drums").sha256()
    assert row.workflow_run_id == await run_of(temporal, "never-began")


class Refusing(MemoryJobRecords):
    """A database that takes no new row for as long as it is away."""

    away = True

    async def open(self, row: JobRow) -> JobRow:
        """Refuses."""
        if self.away:
            raise InternalError("There is no room for a row.")
        return await super().open(row)


async def test_a_job_whose_row_could_not_be_opened_gets_one_later(harness: Harness, temporal: Client) -> None:
    """It says why the job failed."""
    records = Refusing()
    harness.records = records
    async with harness.worker():
        await fail(harness, "no-row")
        records.away = False
        await keep_house_until(temporal, lambda: has_row(harness, "no-row", status="failed"))
        assert await has_row(harness, "no-row", failure_type="InternalError", step="queued")


async def test_what_was_started_with_no_job_gets_no_row(harness: Harness, temporal: Client) -> None:
    """And keeps nobody waiting."""
    foreign = await temporal.start_workflow("GenerateMusic", {"a": 1}, id="no-job", task_queue=TASK_QUEUE)
    await foreign.terminate("by hand")
    began = (await foreign.describe()).start_time
    await harness.client.start(a_request(job_id="no-job-but-this"))
    await temporal.get_workflow_handle("no-job-but-this").terminate("by hand")
    await all_are_listed(temporal, "no-job", 2)
    known = Sweep(at=datetime.now(UTC), orphans=[], runs_until=began)
    reconcile = Housekeeping(harness.records, harness.store).reconcile_runs
    assert await ActivityEnvironment(client=temporal).run(reconcile, known) == known.at
    assert await has_row(harness, "no-job-but-this", status="failed")
    assert await harness.records.get("no-job") is None


async def all_are_listed(temporal: Client, prefix: str, count: int) -> None:
    """Waits until Temporal lists so many terminated jobs."""

    async def listed() -> bool:
        query = f"WorkflowId STARTS_WITH '{prefix}' AND ExecutionStatus = 'Terminated'"
        return len([each async for each in temporal.list_workflows(query)]) == count

    await eventually(listed)


async def test_the_row_runs_with_a_job_that_was_reset_in_plain_temporal(
    harness: Harness, temporal: Client
) -> None:
    """Where its step's own record lies before the reset; and it fails with it again."""
    harness.providers = {"builtin": PatientProvider(harness.calls, harness.folder / "never")}
    async with harness.worker():
        await generating(harness, "runs-again")
        handle = temporal.get_workflow_handle("runs-again")
        await handle.terminate("by hand")
        await keep_house_until(
            temporal, lambda: has_row(harness, "runs-again", status="failed", failure_type="Terminated")
        )
        ended = await run_of(temporal, "runs-again")
        assert await has_row(harness, "runs-again", workflow_run_id=ended)

        await harness.reset("runs-again")
        goes_on = await run_of(temporal, "runs-again")
        await keep_house_until(
            temporal, lambda: has_row(harness, "runs-again", status="running", workflow_run_id=goes_on)
        )
        assert await has_row(harness, "runs-again", failure_type=None, error_message=None)


async def test_the_row_says_how_the_last_run_ended(harness: Harness, temporal: Client) -> None:
    """A job that was cancelled, reset and terminated at once has failed."""
    harness.providers = {"builtin": PatientProvider(harness.calls, harness.folder / "never")}
    async with harness.worker():
        job = await generating(harness, "at-last")
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        assert await has_row(harness, "at-last", status="cancelled")
    await harness.reset("at-last")
    await temporal.get_workflow_handle("at-last").terminate("by hand")
    async with harness.worker():
        await keep_house_until(
            temporal, lambda: has_row(harness, "at-last", status="failed", failure_type="Terminated")
        )


@pytest.mark.parametrize("status", ["discarded", "completed"])
async def test_what_is_closed_for_good_is_not_brought_back(
    harness: Harness, temporal: Client, status: str
) -> None:
    """A job that was discarded a moment ago is still listed as failed; where there is music, there is music."""
    job_id = f"for-good-{status}"
    harness.break_publishing()
    async with harness.worker():
        await fail(harness, job_id)
        row = await harness.records.get(job_id)
        assert row
        await harness.records.update(
            job_id,
            request_sha256=row.request_sha256,
            updated_at=row.updated_at,
            changes={"status": status, "workflow_run_id": "another"},
        )
        await harness.client.start(a_request(job_id=f"{job_id}-last"))
        await temporal.get_workflow_handle(f"{job_id}-last").terminate(
            "so that a round that has seen it is known"
        )
        await keep_house_until(temporal, lambda: has_row(harness, f"{job_id}-last", status="failed"))
    assert await has_row(harness, job_id, status=status)


async def test_another_requests_row_is_left_alone(harness: Harness, temporal: Client) -> None:
    """A job that was refused because its id belongs to another one has failed; the other has not."""
    harness.break_publishing()
    async with harness.worker():
        await fail(harness, "taken")
        row = await harness.records.get("taken")
        assert row
        records = MemoryJobRecords()
        await records.open(replace(row, request_sha256="0" * 64, status="cancelled"))
        harness.records = records
    async with harness.worker():
        await harness.client.start(a_request(job_id="taken-last"))
        await temporal.get_workflow_handle("taken-last").terminate(
            "so that a round that has seen both is known"
        )
        await keep_house_until(temporal, lambda: has_row(harness, "taken-last", status="failed"))
    assert await has_row(harness, "taken", status="cancelled", workflow_run_id=row.workflow_run_id)


async def two_that_ended_early(harness: Harness, job_id: str) -> Sweep:
    """Jobs without a row, terminated before they began; what the round before has known."""
    began = datetime.now(UTC)
    for each in (job_id, f"{job_id}-other"):
        await harness.client.start(a_request(job_id=each))
        await harness.temporal.get_workflow_handle(each).terminate("by hand")
    await all_are_listed(harness.temporal, job_id, 2)
    return Sweep(at=datetime.now(UTC), orphans=[], runs_until=began)


async def test_a_job_that_is_deleted_while_it_is_looked_at_keeps_no_other_waiting(
    harness: Harness, temporal: Client, server: EmbeddedServer
) -> None:
    """Between the look at it and the reading of its history."""
    known = await two_that_ended_early(harness, "deleted")
    meanwhile = Meanwhile(job_id="deleted", reading=lambda: forget(temporal, "deleted"))
    client = await Client.connect(server.address, plugins=[DalSegnoPlugin()], interceptors=[meanwhile])
    reconcile = Housekeeping(harness.records, harness.store).reconcile_runs
    assert await ActivityEnvironment(client=client).run(reconcile, known) == known.at
    assert meanwhile.reading is None
    assert await harness.records.get("deleted") is None
    assert await has_row(harness, "deleted-other", status="failed")


class RefusingOne(MemoryJobRecords):
    """A database that takes no row of one job."""

    def __init__(self, job_id: str, error: Exception) -> None:
        super().__init__()
        self.job_id = job_id
        self.error = error

    async def open(self, row: JobRow) -> JobRow:
        """Refuses, or not."""
        if row.job_id == self.job_id:
            raise self.error
        return await super().open(row)


async def test_a_job_whose_row_is_refused_keeps_no_other_waiting(harness: Harness, temporal: Client) -> None:
    """It is logged, and the round goes on."""
    known = await two_that_ended_early(harness, "odd-row")
    harness.records = RefusingOne("odd-row", InternalError("There is no room for this row."))
    reconcile = Housekeeping(harness.records, harness.store).reconcile_runs
    assert await ActivityEnvironment(client=temporal).run(reconcile, known) == known.at
    assert await has_row(harness, "odd-row-other", status="failed")


async def test_a_database_that_is_away_is_no_reason_to_pass_a_job_over(
    harness: Harness, temporal: Client
) -> None:
    """The round is tried again."""
    known = await two_that_ended_early(harness, "passed-over")
    harness.records = RefusingOne("passed-over", DatabaseUnavailable("The database does not answer."))
    reconcile = Housekeeping(harness.records, harness.store).reconcile_runs
    with pytest.raises(DatabaseUnavailable):
        await ActivityEnvironment(client=temporal).run(reconcile, known)


async def test_a_round_looks_at_so_many_jobs_and_the_next_one_goes_on(
    harness: Harness, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a long time without housekeeping no round takes for ever, and none begins from the start."""
    monkeypatch.setattr(activities.housekeeping, "MOST_JOBS", 1)
    monkeypatch.setattr(activities.housekeeping, "OVERLAP", timedelta(0))
    monkeypatch.setattr(activities.housekeeping, "STRETCH", timedelta(milliseconds=1))
    for job_id in ("one", "two"):
        await harness.client.start(a_request(job_id=f"paged-{job_id}"))
        await temporal.get_workflow_handle(f"paged-{job_id}").terminate("by hand")
    await all_are_listed(temporal, "paged-", 2)
    started = (await temporal.get_workflow_handle("paged-one").describe()).start_time
    at = datetime.now(UTC)
    known = Sweep(at=at, orphans=[], runs_until=started - timedelta(milliseconds=1))
    reconcile = Housekeeping(harness.records, harness.store).reconcile_runs
    reached: list[datetime] = []
    while not reached or reached[-1] < at:
        until = await ActivityEnvironment(client=temporal).run(reconcile, known)
        known = known.model_copy(update={"runs_until": until})
        reached.append(until)
        if len(reached) == 1:
            assert await harness.records.get("paged-two") is None
    assert reached == sorted(set(reached))
    assert reached[-1] == at
    assert await has_row(harness, "paged-one", status="failed")
    assert await has_row(harness, "paged-two", status="failed")
