"""Jobs worth remembering: what workflows in flight may look like when a new version of the code takes over."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

import workflows.steps
from dalsegno.client import JobHandle
from dalsegno.errors import JobEndedError
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider
from workflows.job_state import JobState

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
            await _ends_without_music(job)
            if mended:
                broken.clear()
            await harness.reset(job_id)
        await job.result()


async def failed(harness: Harness, job_id: str) -> None:
    """A dead letter: its status is asked for by replaying it, end and all."""
    harness.break_publishing()
    async with harness.worker():
        await _ends_without_music(await harness.client.start(a_request(job_id=job_id)))


async def cancelled_and_retried(harness: Harness, job_id: str) -> None:
    """Cancelled in the midst of generating, then taken up again."""
    go_on = _patient(harness)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        await _generating(job)
        await job.cancel()
        await _ends_without_music(job)
        go_on.touch()
        await harness.client.retry(job_id)
        await job.result()


async def terminated_and_retried(harness: Harness, job_id: str) -> None:
    """Ended from outside in the midst of generating, then taken up again."""
    go_on = _patient(harness)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        await _generating(job)
        await harness.temporal.get_workflow_handle(job_id).terminate("by hand")
        await _ends_without_music(job)
        go_on.touch()
        await harness.client.retry(job_id)
        await job.result()


async def timed_out_and_retried(harness: Harness, job_id: str) -> None:
    """The job's deadline passes while it generates; taken up again, it has its whole time once more."""
    go_on = _patient(harness)
    async with harness.worker():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workflows.steps, "JOB_DEADLINE", timedelta(seconds=10))
            job = await harness.client.start(a_request(job_id=job_id))
            await _generating(job)
            await _ends_without_music(job)
        go_on.touch()
        await harness.client.retry(job_id)
        await job.result()


async def bug_mended_and_reset(harness: Harness, job_id: str) -> None:
    """A bug in workflow code, after the music was generated; a version without it goes on."""

    def bug(*_: object) -> None:
        raise TypeError

    async with harness.worker():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(JobState, "note", bug)
            job = await harness.client.start(a_request(job_id=job_id))
            await _ends_without_music(job)
        await harness.reset(job_id)
        await job.result()


def _patient(harness: Harness) -> Path:
    """Lets the provider wait until the returned file is there."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    return go_on


async def _generating(job: JobHandle) -> None:
    async def rains() -> bool:
        return (await job.status()).message == "Listening to the rain"

    await eventually(rains)


async def _ends_without_music(job: JobHandle) -> None:
    with pytest.raises(JobEndedError):
        await job.result()


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        plain,
        scene_aware,
        failed,
        failed_and_reset_twice,
        cancelled_and_retried,
        terminated_and_retried,
        timed_out_and_retried,
        bug_mended_and_reset,
    )
}
