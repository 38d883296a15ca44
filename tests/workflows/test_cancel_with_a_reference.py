"""Cancelling a job that is at work on its reference song."""

import asyncio
from pathlib import Path

import pytest

from dalsegno.errors import JobEndedError
from dalsegno.ports import LocalClip, Recognition, Report
from tests.support.clips import ToneClips
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIDEO = "https://youtu.be/dQw4w9WgXcQ"


class SilentVideos(ToneClips):
    """A site that never answers."""

    async def of_video(self, url: str, folder: Path, report: Report) -> LocalClip:
        """Never returns."""
        await asyncio.Event().wait()
        raise AssertionError


class SilentRecogniser:
    """A service that never answers."""

    async def recognise(self, clip: Path) -> Recognition | None:
        """Never returns."""
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("step", ["extracting", "identifying"])
async def test_cancel_at_the_steps_of_a_reference(harness: Harness, step: str) -> None:
    """Cancelled in its step, so says its row; no temporary file is left, and no music is made."""
    if step == "extracting":
        harness.clips = SilentVideos(harness.folder / "clips")
    harness.recognisers = [SilentRecogniser()]
    scratch = harness.folder / "scratch"
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=f"cancel-{step}", youtube_url=VIDEO))

        async def at_work() -> bool:
            return (await job.status()).step == step and bool(list(scratch.glob("worker-*/step-*")))

        await eventually(at_work)
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        status = await job.status()

        async def scratch_is_empty() -> bool:
            return not list(scratch.glob("worker-*/step-*"))

        await eventually(scratch_is_empty)
    assert (status.status, status.step) == ("cancelled", step)
    row = await harness.records.get(job.id)
    assert row
    assert (row.status, row.step) == ("cancelled", step)
    assert not harness.calls.exists()
