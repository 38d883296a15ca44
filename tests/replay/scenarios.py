"""Jobs worth remembering: what workflows in flight may look like when a new version of the code takes over."""

from collections.abc import Awaitable, Callable

import pytest

from dalsegno.errors import JobEndedError
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider

Scenario = Callable[[Harness, str], Awaitable[None]]


async def plain(harness: Harness, job_id: str) -> None:
    """A mood and a length."""
    async with harness.worker():
        await (await harness.client.start(a_request(job_id=job_id))).result()


async def scene_aware(harness: Harness, job_id: str) -> None:
    """A scene plan to follow."""
    scenes = [
        {"start": 0, "end": 10, "mood": "calm", "energy": 20},
        {"start": 10, "end": 20, "mood": "epic", "energy": 90},
    ]
    async with harness.worker():
        await (await harness.client.start(a_request(job_id=job_id, duration=20, scenes=scenes))).result()


async def failed_and_reset_twice(harness: Harness, job_id: str) -> None:
    """Two failures at the upload, two resets, the second after the cause was mended."""
    broken = harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        for mended in (False, True):
            with pytest.raises(JobEndedError):
                await job.result()
            if mended:
                broken.clear()
            await harness.reset(job_id)
        await job.result()


async def cancelled_and_retried(harness: Harness, job_id: str) -> None:
    """Cancelled in the midst of generating, then taken up again."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))

        async def rains() -> bool:
            return (await job.status()).message == "Listening to the rain"

        await eventually(rains)
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        go_on.touch()
        await harness.client.retry(job_id)
        await job.result()


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (plain, scene_aware, failed_and_reset_twice, cancelled_and_retried)
}
