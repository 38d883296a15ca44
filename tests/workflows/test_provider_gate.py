"""The gate of a provider's account: never more tasks in flight than it has slots, and fair between customers."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

import workflows.provider_gate
import workflows.provider_slot
from activities.provider_slots import GateInput, GateRequest, SlotRequest
from dalsegno.client import JobHandle
from dalsegno.errors import JobEndedError
from dalsegno.models import QUERY_AHEAD, SIGNAL_REQUEST_SLOT, TASK_QUEUE, gate_id
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.mureka_simulator import MurekaSimulator
from tests.support.mureka_simulator_book import Fault
from tests.support.paid import paid, with_quick_fitting
from workflows.provider_gate import ProviderGate

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def quick(harness: Harness, tmp_path: Path) -> Harness:
    """A harness whose jobs spend no time on sound."""
    harness.change_work = lambda work: with_quick_fitting(work, harness.store, tmp_path)
    return harness


async def start(harness: Harness, job_id: str, customer: str = "acme") -> JobHandle:
    """A paid job whose prompt begins with its id, so that the simulator's book tells whose a task is."""
    request = a_request(job_id=job_id, customer_id=customer, provider="mureka", prompt=f"{job_id} please")
    return await harness.client.start(request)


async def ahead(harness: Harness, job_id: str) -> int | None:
    """How many the gate lets go before a job."""
    gate = harness.temporal.get_workflow_handle(gate_id("mureka"))
    return await gate.query(QUERY_AHEAD, job_id, result_type=int | None)  # type: ignore[arg-type, no-any-return]  # a union is a type to the converter


def jobs_of(mureka: MurekaSimulator) -> list[str]:
    """Whose tasks were accepted, in order."""
    return [task.prompt.split(" ")[0] for task in mureka.book.tasks.values()]


async def test_no_more_tasks_are_in_flight_than_slots_and_small_customers_come_next(quick: Harness) -> None:
    """Sixty jobs of three customers, some cancelled: three slots, and the one of the smallest gets the next."""
    async with paid(quick, seconds=0.6, limit=3, concurrency=3) as mureka, quick.worker():
        jobs = [await start(quick, f"big-{number}", "big") for number in range(45)]
        await eventually(lambda: granted(mureka, 3))
        jobs += [await start(quick, f"middle-{number}", "middle") for number in range(14)]
        small = await start(quick, "small-0", "small")
        await eventually(lambda: waits_or_has_gone(quick, mureka, "small-0"))
        before = len(mureka.book.tasks)
        assert await ahead(quick, "small-0") in (0, 1, None)
        for job in jobs[3:40:4]:
            try:
                await job.cancel()
            except JobEndedError:  # that quick
                continue
        outcomes = await asyncio.gather(*(job.result() for job in [*jobs, small]), return_exceptions=True)
    assert 2 <= mureka.book.max_in_flight <= 3  # on a busy machine tasks end before others are sent
    assert mureka.book.busy_answers == 0
    assert jobs_of(mureka).index("small-0") <= before + 3
    assert all(isinstance(each, JobEndedError) or not isinstance(each, BaseException) for each in outcomes)
    assert len(set(jobs_of(mureka))) == len(jobs_of(mureka))
    done = [
        job.id
        for job, end in zip([*jobs, small], outcomes, strict=True)
        if not isinstance(end, JobEndedError)
    ]
    assert set(done) <= set(jobs_of(mureka))


async def granted(mureka: MurekaSimulator, count: int) -> bool:
    """Whether so many tasks were accepted."""
    return len(mureka.book.tasks) >= count


async def waits_or_has_gone(harness: Harness, mureka: MurekaSimulator, job_id: str) -> bool:
    """Whether a job has come to the gate."""
    return await ahead(harness, job_id) is not None or job_id in jobs_of(mureka)


@pytest.mark.parametrize("how", ["cancel", "terminate"])
async def test_a_slot_is_given_back_when_the_task_has_ended_not_the_job(quick: Harness, how: str) -> None:
    """The task of a job that is gone still counts at the provider."""
    async with paid(quick, seconds=3, limit=1, concurrency=1) as mureka, quick.worker():
        first = await start(quick, f"gone-{how}")
        await eventually(lambda: granted(mureka, 1))
        second = await start(quick, f"next-{how}")
        if how == "cancel":
            await first.cancel()
        else:
            await quick.temporal.get_workflow_handle(first.id).terminate("by hand")
        await second.result()
    assert mureka.book.max_in_flight == 1
    assert mureka.book.busy_answers == 0


async def test_a_job_that_ends_while_it_waits_leaves_its_place(quick: Harness) -> None:
    """Nobody waits behind it for ever."""
    async with paid(quick, seconds=3, concurrency=1) as mureka, quick.worker():
        first = await start(quick, "waits-first")
        await eventually(lambda: granted(mureka, 1))
        waiting = await start(quick, "waits-second")
        await eventually(lambda: waits_or_has_gone(quick, mureka, waiting.id))
        last = await start(quick, "waits-last")
        await eventually(lambda: waits_or_has_gone(quick, mureka, last.id))
        assert (await last.status()).message == "Waiting for mureka, 1 ahead"
        await waiting.cancel()
        await first.result()
        await last.result()
    assert jobs_of(mureka) == ["waits-first", "waits-last"]


async def test_a_slot_of_a_submission_in_doubt_is_given_back_in_the_end(quick: Harness) -> None:
    """There may be a task that nobody can ask about: after a while it must have ended."""
    async with paid(quick, concurrency=1) as mureka, quick.worker():
        mureka.order(Fault("submit", "cut", accepted=True))
        lost = await start(quick, "lost-slot")
        with pytest.raises(JobEndedError):
            await lost.result()
        after = await start(quick, "after-lost")
        await after.result()
    assert len(mureka.book.tasks) == 2


async def test_jobs_ask_again_where_the_gate_was_terminated(
    quick: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has forgotten who waits."""
    monkeypatch.setattr(workflows.provider_slot, "ASK_AGAIN", workflows.provider_slot.ASK_AGAIN / 300)
    async with paid(quick, seconds=2, concurrency=1) as mureka, quick.worker():
        first = await start(quick, "gate-first")
        await eventually(lambda: granted(mureka, 1))
        second = await start(quick, "gate-second")
        await eventually(lambda: waits_or_has_gone(quick, mureka, second.id))
        await quick.temporal.get_workflow_handle(gate_id("mureka")).terminate("by hand")
        await asyncio.gather(first.result(), second.result())
    assert len(mureka.book.tasks) == 2


async def test_an_idle_gate_ends(quick: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next job starts it anew."""
    monkeypatch.setattr(workflows.provider_gate, "LINGER", workflows.provider_gate.LINGER / 60)
    gate = quick.temporal.get_workflow_handle(gate_id("mureka"))

    async def gate_has_ended() -> bool:
        return (await gate.describe()).status == WorkflowExecutionStatus.COMPLETED

    async with paid(quick), quick.worker():
        for number in range(2):
            await (await start(quick, f"idle-{number}")).result()
            await eventually(gate_has_ended)


@pytest.mark.parametrize("how", ["cancel", "terminate"])
async def test_a_job_that_waits_again_after_a_reset_is_granted_or_cancelled(quick: Harness, how: str) -> None:
    """It asks anew: its place is lost, and a cancel means what it says."""
    async with paid(quick, seconds=4, concurrency=1) as mureka, quick.worker():
        first = await start(quick, f"before-{how}")
        await eventually(lambda: granted(mureka, 1))
        again, stopped = await start(quick, f"again-{how}"), await start(quick, f"stopped-{how}")
        for job in (again, stopped):
            await eventually(lambda job=job: waits(quick, job.id))  # type: ignore[misc]  # mypy can't infer it
            if how == "cancel":
                await job.cancel()
            else:
                await quick.temporal.get_workflow_handle(job.id).terminate("by hand")
            with pytest.raises(JobEndedError):
                await job.result()
            await quick.client.retry(job.id)
        await stopped.cancel()
        with pytest.raises(JobEndedError, match="ancel"):
            await stopped.result()
        await asyncio.gather(first.result(), again.result())
    assert jobs_of(mureka) == [f"before-{how}", f"again-{how}"]
    assert mureka.book.max_in_flight == 1


async def waits(harness: Harness, job_id: str) -> bool:
    """Whether a job waits at the gate."""
    return await ahead(harness, job_id) is not None


async def test_a_reset_behind_the_wait_asks_for_a_slot_again(quick: Harness) -> None:
    """What was granted before the job was terminated belongs to another one by now."""
    async with paid(quick, seconds=4, concurrency=1) as mureka, quick.worker():
        mureka.order(Fault("submit", "status", times=-1, status=429, match="ended-job"))
        ended = await start(quick, "ended-job")
        await eventually(lambda: submitted(mureka, 1))
        await quick.temporal.get_workflow_handle(ended.id).terminate("by hand")
        other = await start(quick, "other-job")
        await eventually(lambda: granted(mureka, 1))
        mureka.book.faults.clear()
        await quick.client.retry(ended.id)
        await asyncio.gather(ended.result(), other.result())
    assert jobs_of(mureka) == ["other-job", "ended-job"]
    assert mureka.book.max_in_flight == 1


async def submitted(mureka: MurekaSimulator, count: int) -> bool:
    """Whether so many submissions have arrived."""
    return mureka.book.exchanges.get("submit", 0) >= count


async def test_a_long_queue_is_handed_on_within_what_temporal_takes(quick: Harness) -> None:
    """With the longest ids that there are; who isn't handed on asks again."""
    slots = [
        SlotRequest(job_id=f"{number:0128d}", customer_id="c" * 64, provider="mureka", token="t" * 36)
        for number in range(10_000)
    ]
    gate = ProviderGate(GateInput(provider="mureka", limit=1, check_seconds=1, waiting=tuple(slots)))
    handed_on = gate._handed_on()
    assert len(handed_on.model_dump_json()) < 1_000_000
    assert handed_on.waiting[0] == slots[0]


async def test_equal_requests_of_a_job_that_has_ended_break_nothing(quick: Harness) -> None:
    """The grant finds nobody, as often as it is asked for."""
    gone = SlotRequest(job_id="gone-for-good", customer_id="acme", provider="mureka", token="t")  # noqa: S106  (no password)
    asked = GateRequest(slot=gone, limit=1, check_seconds=0.2)
    async with paid(quick, concurrency=1), quick.worker():
        handle = await quick.temporal.start_workflow(
            ProviderGate.run,
            GateInput(provider="mureka", limit=1, check_seconds=0.2),
            id=gate_id("mureka"),
            task_queue=TASK_QUEUE,
        )
        for _ in range(30):
            await handle.signal(SIGNAL_REQUEST_SLOT, asked)
        await (await start(quick, "after-the-noise")).result()
        assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING
