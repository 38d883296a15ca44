"""Retrying jobs that have ended without music, by the client."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment

import dalsegno.client.music_client
import workflows.steps
from activities.dead_letters import DeadLetters, DiscardJob, TakeUpAgain
from activities.taking_up import take_up
from dalsegno.client import JobHandle
from dalsegno.errors import InvalidRequest, JobEndedError, NoSuchJobError, QuotaExceeded
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.forgetting import forget
from tests.support.harness import Harness, a_request
from tests.support.listed import listed_as_failed
from tests.support.providers import FailingProvider, PatientProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def fail(harness: Harness, job_id: str, **changes: object) -> JobHandle:
    """Runs a job to its failure."""
    job = await harness.client.start(a_request(job_id=job_id, **changes))
    with pytest.raises(JobEndedError):
        await job.result()
    return job


async def runs_of(temporal: Client, job_id: str) -> list[str]:
    """All runs of a job that Temporal lists."""
    return [each.run_id async for each in temporal.list_workflows(f"WorkflowId = '{job_id}'")]


async def test_a_retry_runs_the_failed_step_and_what_follows(harness: Harness) -> None:
    """The plan says so beforehand; nothing that was done is done again."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "again")
        plan = await harness.client.plan_retry("again")
        assert (plan.refusal, plan.steps) == (None, ("uploading",))
        broken.clear()
        await (await harness.client.retry("again")).result()
        with pytest.raises(JobEndedError, match="can't be retried: it is completed"):
            await harness.client.retry("again")
    assert calls_noted(harness.calls) == 1


async def test_ten_retries_at_once_are_one(harness: Harness, temporal: Client) -> None:
    """From however many places it is ordered, the job is reset once."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "parallel")
        broken.clear()
        plan = await harness.client.plan_retry("parallel")
        await asyncio.gather(*(harness.client.order_retry(plan) for _ in range(10)))
        await harness.client.job("parallel").result()
        resets = [
            event
            async for event in temporal.get_workflow_handle("parallel").fetch_history_events()
            if event.workflow_task_failed_event_attributes.new_run_id
        ]
        ordered = [
            each async for each in temporal.list_workflows(f"WorkflowId = 'music-retry:{plan.job.run_id}'")
        ]
    assert len(resets) == len(ordered) == 1
    assert calls_noted(harness.calls) == 1


async def test_a_retry_is_ordered_durably_without_a_worker(harness: Harness) -> None:
    """The next worker that comes carries it out."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "later")
    broken.clear()
    await harness.client.order_retry(await harness.client.plan_retry("later"), wait=False)
    async with harness.worker():
        await eventually_completed(harness, "later")
    assert calls_noted(harness.calls) == 1


async def eventually_completed(harness: Harness, job_id: str) -> None:
    """Waits until a job's current run is completed."""

    async def completed() -> bool:
        return (await harness.client.job(job_id).status()).status == "completed"

    await eventually(completed)


async def test_a_second_failure_can_be_retried_too(harness: Harness) -> None:
    """Retried while still broken it fails again, and is listed again; mended, it goes on."""
    broken = harness.break_publishing()
    async with harness.worker():
        job = await fail(harness, "still-broken")
        await harness.client.retry("still-broken")
        with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
            await job.result()
        broken.clear()
        await (await harness.client.retry("still-broken")).result()
    assert calls_noted(harness.calls) == 1


async def test_a_cancelled_job_can_be_retried_and_cancelled_again(harness: Harness) -> None:
    """The second cancel is heard like the first."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="on-off"))
        for _ in range(2):
            await eventually(lambda: rains(job))
            await job.cancel()
            with pytest.raises(JobEndedError):
                await job.result()
            assert (await job.status()).status == "cancelled"
            await harness.client.retry("on-off")
        go_on.touch()
        await job.result()
    assert calls_noted(harness.calls) == 3


async def rains(job: JobHandle) -> bool:
    """Whether the provider is at work."""
    status = await job.status()
    return status.status == "running" and status.message == "Listening to the rain"


async def test_a_job_cancelled_before_any_worker_came_starts_anew(harness: Harness) -> None:
    """There is no step to go back to: it begins, with all that it was asked for."""
    job = await harness.client.start(a_request(job_id="early", instruments=["piano"]))
    await job.cancel()
    async with harness.worker():
        with pytest.raises(JobEndedError):
            await job.result()
        await harness.client.retry("early")
        await job.result()

        async def one_run_is_left() -> bool:
            return len(await runs_of(harness.temporal, "early")) == 1

        await eventually(one_run_is_left, 90)
    assert calls_noted(harness.calls) == 1


@pytest.mark.parametrize("worker_first", [True, False])
async def test_a_terminated_job_can_be_retried(harness: Harness, *, worker_first: bool) -> None:
    """In the midst of a step, or before any worker has seen it."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    job_id = f"terminated-{worker_first}"
    handle = harness.temporal.get_workflow_handle(job_id)
    if not worker_first:
        await harness.client.start(a_request(job_id=job_id))
        await handle.terminate("by hand")
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        if worker_first:
            await eventually(lambda: rains(job))
            await handle.terminate("by hand")
        listed = await listed_as_failed(harness.client, job_id)
        assert (listed.failed_step, listed.failure_type) == (
            "generating" if worker_first else "queued",
            "Terminated",
        )
        go_on.touch()
        await harness.client.retry(job_id)
        await job.result()


async def test_what_a_retry_cannot_help_is_refused_politely(harness: Harness) -> None:
    """An invalid request, a job that runs, a job that isn't there."""
    with pytest.raises(NoSuchJobError):
        await harness.client.retry("nobody")
    await harness.client.start(a_request(job_id="runs"))
    with pytest.raises(JobEndedError, match="can't be retried: it is running"):
        await harness.client.retry("runs")
    broken = [True]

    def refuse(operation: str, key: str) -> Exception | None:
        return InvalidRequest("The transcript is upside down.") if broken and operation == "copy" else None

    harness.store = FaultyStore(harness.store, refuse)
    async with harness.worker():
        await fail(harness, "invalid")
        with pytest.raises(JobEndedError, match="start a new job with a corrected one"):
            await harness.client.retry("invalid")


async def test_superseded_runs_are_forgotten(harness: Harness, temporal: Client) -> None:
    """After a retry Temporal's own list of failures doesn't have the job any more."""
    broken = harness.break_publishing()
    async with harness.worker():
        job = await fail(harness, "forget")
        assert len(await runs_of(temporal, "forget")) == 1
        broken.clear()
        await harness.client.retry("forget")
        await job.result()
    query = "ExecutionStatus = 'Failed' AND MusicFailedStep = 'uploading' AND WorkflowId = 'forget'"

    async def gone() -> bool:
        return not [each async for each in temporal.list_workflows(query)]

    await eventually(gone)
    assert len(await runs_of(temporal, "forget")) == 1
    history = await temporal.get_workflow_handle("forget").fetch_history()
    assert history.events[0].HasField("workflow_execution_started_event_attributes")


async def test_failed_lists_and_filters_current_runs(harness: Harness) -> None:
    """By step, type and customer; what was retried with success is no dead letter."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "dead-1", customer_id="one")
        await fail(harness, "dead-2", customer_id="two")
        broken.clear()
        await (await harness.client.retry("dead-2")).result()
        await listed_as_failed(harness.client, "dead-1")
        listed = [
            each.job_id
            async for each in harness.client.failed(step="uploading", failure_type="StorageDenied")
        ]
        assert "dead-1" in listed
        assert "dead-2" not in listed
        assert [each.job_id async for each in harness.client.failed(customer_id="one")] == ["dead-1"]
        assert [each async for each in harness.client.failed(customer_id="one", step="generating")] == []
        assert [
            each async for each in harness.client.failed(customer_id="one", failure_type="QuotaExceeded")
        ] == []


async def test_a_discarded_job_leaves_nothing_but_its_row(harness: Harness) -> None:
    """No staging, no history, off the list; its id still isn't given to another request."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "discard")
        assert [key async for key in harness.store.list("staging/discard/")] != []
        await harness.client.discard("discard")
        assert [key async for key in harness.store.list("staging/discard/")] == []
        row = await harness.records.get("discard")
        assert row
        assert row.status == "discarded"
        assert "discard" not in [each.job_id async for each in harness.client.failed()]
        broken.clear()
        other = await harness.client.start(a_request(job_id="discard", mood="epic"))
        with pytest.raises(JobEndedError, match="different request"):
            await other.result()


async def test_a_retry_that_was_planned_before_a_discard_is_refused(harness: Harness) -> None:
    """As soon as the discard is done there is nothing to take up; the job can be started again, from its beginning."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "planned-then-discarded")
        plan = await harness.client.plan_retry("planned-then-discarded")
        await harness.client.discard("planned-then-discarded")
        with pytest.raises(NoSuchJobError):
            await harness.client.job("planned-then-discarded").status()
        with pytest.raises(JobEndedError, match="There is no job"):
            await harness.client.order_retry(plan)
        row = await harness.records.get("planned-then-discarded")
        assert row
        assert row.status == "discarded"
        broken.clear()
        await (await harness.client.start(a_request(job_id="planned-then-discarded"))).result()
    assert calls_noted(harness.calls) == 2


async def test_a_job_that_is_being_discarded_is_not_taken_up_again(harness: Harness) -> None:
    """Its row says so before its history is gone."""
    harness.break_publishing()
    async with harness.worker():
        job = await fail(harness, "half-discarded")
    run_id = (await harness.temporal.get_workflow_handle(job.id).describe()).run_id
    environment, letters = ActivityEnvironment(client=harness.temporal), DeadLetters(harness.records)
    await environment.run(letters.mark_discarded, DiscardJob(job_id=job.id, at=datetime.now(UTC)))
    taking = TakeUpAgain(job_id=job.id, run_id=run_id)
    with pytest.raises(InvalidRequest, match="was discarded"):
        await environment.run(letters.take_up_again, taking)
    assert (await harness.temporal.get_workflow_handle(job.id).describe()).run_id == run_id


async def test_discarding_a_refused_job_leaves_the_row_of_the_other_request_alone(
    harness: Harness, temporal: Client
) -> None:
    """Its id belongs to a job whose history is gone: that one's row and staging stay as they are."""
    async with harness.worker():
        await (await harness.client.start(a_request(job_id="twice-given"))).result()
        await forget(temporal, "twice-given")
        before = await harness.records.get("twice-given")
        key = "staging/twice-given/kept.wav"
        await harness.store.put(key, b"kept", content_type="audio/wav")
        await fail(harness, "twice-given", mood="epic")
        await harness.client.discard("twice-given")
        with pytest.raises(NoSuchJobError):
            await harness.client.job("twice-given").status()
    assert await harness.records.get("twice-given") == before
    assert await harness.store.stat(key)


async def test_only_failed_jobs_are_discarded(harness: Harness) -> None:
    """Not a completed one, not a running one."""
    async with harness.worker():
        await (await harness.client.start(a_request(job_id="kept"))).result()
        with pytest.raises(JobEndedError, match="is no failed job"):
            await harness.client.discard("kept")
    assert [key async for key in harness.store.list("customers/acme/music/kept/")] != []


async def test_a_failed_job_whose_history_is_gone_is_still_listed(harness: Harness, temporal: Client) -> None:
    """The database remembers it; it can't be taken up again, but started again it can."""
    broken = harness.break_publishing()
    async with harness.worker():
        await fail(harness, "forgotten", customer_id="old")
        await forget(temporal, "forgotten")
        (listed,) = [each async for each in harness.client.failed(customer_id="old")]
        assert (listed.job_id, listed.failed_step, listed.forgotten) == ("forgotten", "uploading", True)
        with pytest.raises(JobEndedError, match="start it again"):
            await harness.client.retry("forgotten")
        broken.clear()
        again = await harness.client.start(a_request(job_id="forgotten", customer_id="old"))
        await again.result()
        assert [each async for each in harness.client.failed(customer_id="old")] == []


async def test_a_forgotten_job_can_be_discarded(harness: Harness, temporal: Client) -> None:
    """It is off the list then, and what it kept is gone."""
    harness.break_publishing()
    async with harness.worker():
        await fail(harness, "let-go", customer_id="gone-by")
        await forget(temporal, "let-go")
        await harness.client.discard("let-go")
        assert [each async for each in harness.client.failed(customer_id="gone-by")] == []
        assert [key async for key in harness.store.list("staging/let-go/")] == []


async def test_a_retry_long_after_the_failure_has_its_whole_time(
    harness: Harness,
) -> None:
    """The deadline's timer of the failed run is over by then; on another machine, with nothing but the store."""
    broken, go_on = harness.folder / "broken", harness.folder / "go-on"
    broken.touch()
    harness.providers = {"builtin": FailingProvider(harness.calls, broken, QuotaExceeded("All used up."))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflows.steps, "JOB_DEADLINE", timedelta(seconds=3))
        async with harness.worker():
            job = await fail(harness, "next-week")
        await asyncio.sleep(4)
    harness.folder = harness.folder / "another-machine"
    harness.folder.mkdir()
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        await harness.client.retry("next-week")
        await eventually(lambda: rains(job))
        await asyncio.sleep(1.5)  # in which a timer that was not counted anew would go off
        go_on.touch()
        await job.result()


async def test_a_job_that_the_server_timed_out_can_be_retried(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's time-out runs no workflow code; the job is listed, and goes on with its whole time."""
    monkeypatch.setattr(dalsegno.client.music_client, "_RUN_TIMEOUT", timedelta(seconds=10))
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await fail(harness, "timed-out", customer_id="slow")
        listed = await listed_as_failed(harness.client, "timed-out")
        assert (listed.failed_step, listed.failure_type) == ("generating", "JobTimedOut")
        go_on.touch()
        await harness.client.retry("timed-out")
        await job.result()


async def test_the_row_runs_with_the_job_that_is_taken_up_again(harness: Harness) -> None:
    """Also where the step's own record lies before the point that it is reset to."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="row-runs"))
        await eventually(lambda: rains(job))
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        await harness.client.retry("row-runs")
        row = await harness.records.get("row-runs")
        assert row
        assert (row.status, row.workflow_run_id) == (
            "running",
            (await harness.temporal.get_workflow_handle("row-runs").describe()).run_id,
        )
        go_on.touch()
        await job.result()


async def test_the_row_does_not_run_with_a_job_that_has_ended_again(
    harness: Harness, temporal: Client
) -> None:
    """It was reset in plain Temporal before the retry was carried out, and that run has ended too."""
    harness.break_publishing()
    async with harness.worker():
        job = await fail(harness, "over-again")
    handle = temporal.get_workflow_handle(job.id)
    run_id = (await handle.describe()).run_id
    before = await harness.records.get(job.id)
    await harness.reset(job.id)
    await handle.terminate("by hand")
    again = (await handle.describe()).run_id
    taking = TakeUpAgain(job_id=job.id, run_id=run_id)
    environment = ActivityEnvironment(client=temporal)
    assert await environment.run(DeadLetters(harness.records).take_up_again, taking) == again != run_id
    assert await harness.records.get(job.id) == before


async def test_the_row_of_another_request_does_not_run_with_a_job(harness: Harness, temporal: Client) -> None:
    """It was started under the same id; whether it is refused is its own matter."""
    harness.break_publishing()
    async with harness.worker():
        await fail(harness, "not-the-rows")
        await forget(temporal, "not-the-rows")
    before = await harness.records.get("not-the-rows")
    await harness.client.start(a_request(job_id="not-the-rows", mood="epic"))
    handle = temporal.get_workflow_handle("not-the-rows")
    await handle.terminate("by hand")
    taking = TakeUpAgain(job_id="not-the-rows", run_id=(await handle.describe()).run_id)
    environment = ActivityEnvironment(client=temporal)
    await environment.run(DeadLetters(harness.records).take_up_again, taking)
    assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING
    assert await harness.records.get("not-the-rows") == before


async def test_after_a_plain_reset_of_a_cancelled_job_only_the_failed_step_is_retried(
    harness: Harness,
) -> None:
    """The old cancel request in its history is no reason to begin before it."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    broken = harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="outlived"))
        await eventually(lambda: rains(job))
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        go_on.touch()
        await harness.reset("outlived")
        with pytest.raises(JobEndedError, match="read-only"):
            await job.result()
        before = calls_noted(harness.calls)
        broken.clear()
        await harness.client.retry("outlived")
        await job.result()
    assert calls_noted(harness.calls) == before


async def test_what_is_no_job_is_neither_retried_nor_discarded(harness: Harness, temporal: Client) -> None:
    """Other people's workflows in the same namespace are left alone."""
    await temporal.start_workflow("SomebodyElses", id="not-music", task_queue="elsewhere")
    await temporal.get_workflow_handle("not-music").terminate("theirs")
    async with harness.worker():
        with pytest.raises(NoSuchJobError):
            await harness.client.discard("not-music")
        with pytest.raises(NoSuchJobError):
            await harness.client.retry("not-music")
    await nothing_is_done_to_it_by_a_worker_either(harness, "not-music")
    assert (await temporal.get_workflow_handle("not-music").describe()).run_id


async def nothing_is_done_to_it_by_a_worker_either(harness: Harness, workflow_id: str) -> None:
    """Whoever orders it past the client."""
    environment = ActivityEnvironment(client=harness.temporal)
    run_id = (await harness.temporal.get_workflow_handle(workflow_id).describe()).run_id
    with pytest.raises(InvalidRequest):
        await environment.run(take_up, workflow_id, run_id, time.monotonic())
    await environment.run(DeadLetters(harness.records).forget_job, workflow_id)
    await environment.run(DeadLetters(harness.records).forget_superseded_runs, workflow_id)
