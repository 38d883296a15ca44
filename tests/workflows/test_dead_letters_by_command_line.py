"""Failed jobs, listed, retried and discarded from the command line."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import cast

import pytest

from dalsegno.adapters import build_store
from dalsegno.client import JobHandle, MusicClient
from dalsegno.client import dead_letters as client_dead_letters
from dalsegno.client.dead_letters import RetryPlan, plan_retry
from dalsegno.commands import dead_letters
from dalsegno.errors import JobEndedError, NoSuchJobError, StorageDenied
from dalsegno.models import JobSummary
from dalsegno.runtime.server import EmbeddedServer
from tests.support.command_line import command_line
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.providers import calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def failed_uploads(harness: Harness, customer: str, count: int) -> tuple[list[JobHandle], list[bool]]:
    """Jobs whose upload is refused for as long as the returned list holds something. A worker must run."""
    broken = [True]

    def refuse_publishing(operation: str, key: str) -> Exception | None:
        return StorageDenied("The bucket is read-only.") if broken and operation == "copy" else None

    assert isinstance(harness.store, FaultyStore)
    harness.store.fault = refuse_publishing
    jobs = [
        await harness.client.start(a_request(job_id=f"{customer}-{number}", customer_id=customer))
        for number in range(count)
    ]
    for job in jobs:
        with pytest.raises(JobEndedError):
            await job.result()

    async def listed() -> bool:
        found = [each async for each in harness.client.failed(customer_id=customer)]
        return len(found) == count

    await eventually(listed)
    return jobs, broken


@pytest.fixture(name="harness")
def harness_with_a_folder(harness: Harness) -> Harness:
    """The harness on the store that the command line has too, which a test can let fail."""
    harness.store = FaultyStore(build_store(harness.settings), lambda _operation, _key: None)
    return harness


async def test_failed_jobs_are_listed_counted_and_retried(harness: Harness, server: EmbeddedServer) -> None:
    """The upload alone runs again; a second retry is refused; nothing is listed any more."""
    cli = partial(command_line, server.address, harness.settings.resolved_home)
    ours = ("--customer", "mended")
    async with harness.worker():
        jobs, broken = await failed_uploads(harness, "mended", 2)
        ids = {job.id for job in jobs}

        listed = await cli("failed", *ours, "--json")
        assert {each["job_id"] for each in listed.document} == ids
        groups = await cli("failed", *ours, "--group", "--json")
        assert groups.document == [{"step": "uploading", "failure_type": "StorageDenied", "count": 2}]
        elsewhere = await cli("failed", *ours, "--step", "generating")
        assert (elsewhere.code, elsewhere.out, elsewhere.err) == (0, "", "No failed jobs.\n")

        planned = await cli("retry", "--all", *ours, "--dry-run")
        assert planned.code == 0
        assert set(planned.out.split()) == ids
        assert "2 jobs: uploading runs again." in planned.err
        assert "Nothing is paid" in planned.err
        assert [(await job.status()).status for job in jobs] == ["failed", "failed"]

        broken.clear()
        one = await cli("retry", "--all", *ours, "--first", "1", "--json")
        assert one.code == 0
        assert [each["steps"] for each in one.document["retried"]] == [["uploading"]]
        (first,) = [each["job_id"] for each in one.document["retried"]]
        rest = await cli("retry", *ids)
        assert rest.code == 1  # one of them is refused
        assert f"Job {first} can't be retried" in rest.err
        assert rest.out.split() == [*ids - {first}]
        for job in jobs:
            await job.result()
        assert calls_noted(harness.calls) == 2

        again = await cli("retry", jobs[0].id, "--json")
        assert again.code == 2
        assert again.document["refused"] == [{"job_id": jobs[0].id, "reason": "it is completed"}]
        mixed = await cli("discard", jobs[0].id, "--yes")
        assert (mixed.code, mixed.out) == (2, "")


async def test_a_discarded_job_is_gone(harness: Harness, server: EmbeddedServer) -> None:
    """Off the list and out of the staging; without a terminal only with --yes."""
    cli = partial(command_line, server.address, harness.settings.resolved_home)
    async with harness.worker():
        (job,), _ = await failed_uploads(harness, "given-up", 1)
        unasked = await cli("discard", job.id)
        assert unasked.code == 2
        assert "--yes" in unasked.err
        assert (await job.status()).status == "failed"

        done = await cli("discard", job.id, "--yes")
        assert (done.code, done.out) == (0, f"{job.id}\n"), done.err

        async def gone() -> bool:
            try:
                await job.status()
            except NoSuchJobError:
                return True
            return False

        await eventually(gone)
        assert [key async for key in harness.store.list(f"staging/{job.id}/")] == []
        assert (await cli("retry", job.id)).code == 4


async def test_what_is_ordered_without_a_worker_is_done_when_one_comes(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends, the order stands: also where a worker that is gone still seemed to be there."""
    monkeypatch.setattr(dead_letters, "PATIENCE_SECONDS", 0.5)
    async with harness.worker():
        (job,), broken = await failed_uploads(harness, "patient", 1)
    broken.clear()
    plan = await harness.client.plan_retry(job.id)
    capsys.readouterr()
    code = await dead_letters.carry_out(harness.client, [plan], named=True, dry_run=False, as_json=False)
    printed = capsys.readouterr()
    assert code == 0
    assert dead_letters.SLOW_WORKER in printed.err
    assert printed.out == f"{job.id}\n"
    async with harness.worker():

        async def completed() -> bool:
            return (await job.status()).status == "completed"

        await eventually(completed)
    assert calls_noted(harness.calls) == 1


async def test_the_worker_that_is_missing_for_what_follows_is_named(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The retry is carried out all the same; the job waits in that queue."""
    async with harness.worker():
        (job,), broken = await failed_uploads(harness, "half-served", 1)
        broken.clear()
        plan = await harness.client.plan_retry(job.id)
        assert client_dead_letters.queues_of(plan) == {"music-generation"}
        generating = replace(plan, steps=("generating", "uploading"))
        assert client_dead_letters.queues_of(generating) == {"music-generation", "music-generation-cpu"}
        monkeypatch.setattr(client_dead_letters, "CPU_TASK_QUEUE", "nobody-is-here")
        capsys.readouterr()
        await dead_letters.carry_out(harness.client, [generating], named=True, dry_run=False, as_json=False)
        printed = capsys.readouterr()
        assert "No worker answers for nobody-is-here" in printed.err
        assert "music-generation " not in printed.err
        await job.result()


class OneAfterTheOther:
    """A worker that is there, but does one retry after the other, each in its time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.done: set[str] = set()

    async def missing_workers(self, _queues: object) -> list[str]:
        """None is."""
        return []

    async def worker_is_there(self) -> bool:
        """It is."""
        return True

    async def order_retry(self, _plan: RetryPlan, *, wait: bool = True) -> None:
        """Is heard."""
        assert not wait

    async def retried(self, plan: RetryPlan) -> None:
        """Takes half a second, when it is its turn."""
        async with self.turn:
            if plan.job.job_id not in self.done:
                await asyncio.sleep(0.5)
                self.done.add(plan.job.job_id)


async def test_a_worker_that_is_slow_is_not_taken_for_none(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As long as some retry is done within the time, the others are waited for."""
    monkeypatch.setattr(dead_letters, "PATIENCE_SECONDS", 2.0)
    async with harness.worker():
        (job,), _ = await failed_uploads(harness, "slowly", 1)
    plan = await harness.client.plan_retry(job.id)
    plans = [
        replace(plan, job=plan.job.model_copy(update={"job_id": f"slow-{number}"})) for number in range(7)
    ]
    worker = OneAfterTheOther()
    client = cast("MusicClient", worker)
    capsys.readouterr()
    code = await dead_letters.carry_out(client, plans, named=True, dry_run=False, as_json=False)
    printed = capsys.readouterr()
    assert (code, len(worker.done)) == (0, 7)
    assert dead_letters.SLOW_WORKER not in printed.err


async def test_a_decision_that_no_worker_has_carried_out_yet_is_no_second_order(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker that seemed to be there has just ended: what was decided stands, and isn't somebody else's."""
    monkeypatch.setattr(dead_letters, "PATIENCE_SECONDS", 2.0)
    async with harness.worker():
        (job,), _ = await failed_uploads(harness, "decided", 1)
    plan = replace(await harness.client.plan_retry(job.id), pay_again=True)
    capsys.readouterr()
    code = await dead_letters.carry_out(harness.client, [plan], named=True, dry_run=False, as_json=False)
    assert (code, capsys.readouterr().out) == (0, f"{job.id}\n")
    again = await dead_letters.carry_out(harness.client, [plan], named=True, dry_run=False, as_json=False)
    assert (again, "was ordered before" in capsys.readouterr().err) == (1, True)


async def test_a_retry_that_cannot_be_done_says_so(harness: Harness) -> None:
    """A job that vanished between the plan and the retry is no bug, and nothing waits for ever."""
    job = JobSummary.model_validate(
        {
            "job_id": "vanished",
            "run_id": "00000000-0000-0000-0000-000000000000",
            "customer_id": "acme",
            "status": "failed",
            "step": "uploading",
            "provider": "builtin",
            "started_at": "2026-01-01T00:00:00Z",
        },
        strict=False,
    )
    async with harness.worker():
        with pytest.raises(JobEndedError):
            await harness.client.order_retry(plan_retry(job))
