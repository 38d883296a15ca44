"""The job's own deadline."""

from datetime import timedelta

import pytest

import workflows.steps
from dalsegno.errors import JobEndedError
from tests.support.harness import Harness, a_request
from tests.support.providers import PatientProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_job_that_takes_too_long_fails_as_timed_out_and_can_go_on(
    harness: Harness,
) -> None:
    """It fails in its step, the row says so, and after a reset it has its whole time again."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workflows.steps, "JOB_DEADLINE", timedelta(seconds=8))
            job = await harness.client.start(a_request(job_id="slow"))
            with pytest.raises(JobEndedError, match="did not end within"):
                await job.result()
        status = await job.status()
        row = await harness.records.get("slow")
        go_on.touch()
        await harness.reset("slow")
        await job.result()
    assert status.failure
    assert (status.failure.step, status.failure.type) == ("generating", "JobTimedOut")
    assert row
    assert (row.status, row.failure_type) == ("failed", "JobTimedOut")
    # At least: the attempt that was given up may not have said so before the job failed, and is then dispatched once
    # more by the server's reset, only to be cancelled.
    assert calls_noted(harness.calls) >= 2
