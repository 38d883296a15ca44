"""What is seen of a job while it runs."""

import pytest

from dalsegno.errors import StorageUnavailable
from dalsegno.models import JobStatus
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_progress_moves_inside_a_step(harness: Harness) -> None:
    """What the step's heartbeat tells is in the status: how far, and in words."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="inside"))
        seen: list[JobStatus] = []
        async for status in job.watch():
            seen.append(status)
            if status.message == "Listening to the rain":
                go_on.touch()
    rain = next(status for status in seen if status.message == "Listening to the rain")
    assert rain.step == "generating"
    assert 20 < rain.progress < 85
    progress = [status.progress for status in seen]
    assert progress == sorted(progress)
    assert seen[-1].status == "completed"


async def test_a_store_that_is_away_delays_and_shows_why(harness: Harness) -> None:
    """`last_error` says what is being retried; nothing but the upload is done again."""
    away = [True]

    def fault(operation: str, key: str) -> Exception | None:
        return StorageUnavailable("The store does not answer.") if away and operation == "copy" else None

    harness.store = FaultyStore(harness.store, fault)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="away"))

        async def says_why() -> bool:
            status = await job.status()
            return status.last_error == "StorageUnavailable: The store does not answer."

        await eventually(says_why)
        away.clear()
        await job.result()
        status = await job.status()
    assert status.last_error is None
    assert calls_noted(harness.calls) == 1


async def test_progress_does_not_fall_when_a_step_begins_again(harness: Harness) -> None:
    """A worker that ends in the midst of a step hands it over with what it had shown."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="handed-over"))

        async def rains() -> bool:
            return (await job.status()).message == "Listening to the rain"

        await eventually(rains)
        before = (await job.status()).progress
    async with harness.worker():
        status = await job.status()
        assert status.progress >= before > 20
        go_on.touch()
        await job.result()
    assert calls_noted(harness.calls) == 2


async def test_without_a_worker_the_status_says_so(harness: Harness) -> None:
    """Where it is and how it ended is known to the server alone."""
    job = await harness.client.start(a_request(job_id="nobody-works"))
    status = await job.status()
    assert (status.status, status.step, status.customer_id) == ("running", "queued", "acme")
    assert status.message.startswith("No worker answers")
    async with harness.worker():
        result = await job.result()
    status = await job.status()
    assert (status.status, status.progress, status.result) == ("completed", 100, result)
