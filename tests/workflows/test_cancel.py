"""Cancelling a job."""

import asyncio

import pytest

from dalsegno.errors import JobEndedError
from dalsegno.models import StoredObject
from dalsegno.storage.memory import MemoryObjectStore
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_cancel_ends_a_step_in_progress_and_is_recorded(harness: Harness) -> None:
    """The job is cancelled, so says its row, the process that worked for it is gone."""
    harness.providers = {"builtin": PatientProvider(harness.calls, harness.folder / "never")}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="cancel-me"))

        async def rains() -> bool:
            return (await job.status()).message == "Listening to the rain"

        await eventually(rains)
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        status = await job.status()

        async def scratch_is_empty() -> bool:
            return not list((harness.folder / "scratch").glob("worker-*/step-*"))

        await eventually(scratch_is_empty)
    assert (status.status, status.step) == ("cancelled", "generating")
    row = await harness.records.get("cancel-me")
    assert row
    assert (row.status, row.step) == ("cancelled", "generating")
    with pytest.raises(JobEndedError, match="has ended already: it is cancelled"):
        await job.cancel()


class SlowStore(MemoryObjectStore):
    """A store in which publishing takes for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.copying = asyncio.Event()

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """Never returns."""
        self.copying.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_cancel_while_uploading_keeps_what_a_retry_needs(harness: Harness) -> None:
    """The job is cancelled in its step; the staged music stays, and a retry publishes it."""
    slow = SlowStore()
    harness.store = slow
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="cancel-upload"))
        await slow.copying.wait()
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        status = await job.status()
    assert (status.status, status.step) == ("cancelled", "uploading")
    assert [key async for key in slow.list("staging/cancel-upload/")] != []
    assert [key async for key in slow.list("customers/")] == []
    # Another machine, another day: the same store, nothing else.
    harness.store = quick = MemoryObjectStore()
    quick.__dict__.update({name: value for name, value in vars(slow).items() if name != "copying"})
    async with harness.worker():
        await harness.client.retry("cancel-upload")
        await job.result()
    assert calls_noted(harness.calls) == 1


async def test_cancel_while_analyzing(harness: Harness) -> None:
    """A long transcript is given up in the midst."""
    segments = [
        {"start": number / 4, "end": (number + 1) / 4, "text": f"And this is line {number} of the talk."}
        for number in range(2_400)
    ]
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="cancel-talk", duration=600, segments=segments))

        async def analyzing() -> bool:
            return (await job.status()).progress > 0

        await eventually(analyzing)
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        status = await job.status()
    assert (status.status, status.step) == ("cancelled", "analyzing")
    assert not harness.calls.exists()


async def test_cancel_before_any_worker_came(harness: Harness) -> None:
    """A job that nobody has begun is cancelled by the first worker that comes, and makes nothing."""
    job = await harness.client.start(a_request(job_id="cancel-early"))
    await job.cancel()
    async with harness.worker():
        with pytest.raises(JobEndedError):
            await job.result()
    assert not harness.calls.exists()
