"""Cancelling a job."""

import pytest

from dalsegno.errors import JobEndedError
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider

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


async def test_cancel_before_any_worker_came(harness: Harness) -> None:
    """A job that nobody has begun is cancelled by the first worker that comes, and makes nothing."""
    job = await harness.client.start(a_request(job_id="cancel-early"))
    await job.cancel()
    async with harness.worker():
        with pytest.raises(JobEndedError):
            await job.result()
    assert not harness.calls.exists()
