"""A worker that ends at the moment at which its jobs do."""

import pytest

from dalsegno.errors import JobEndedError
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.listed import listed_as_failed

pytestmark = pytest.mark.asyncio(loop_scope="session")

JOBS = 6


async def test_no_dead_letter_is_lost_when_a_worker_ends_while_jobs_fail(harness: Harness) -> None:
    """Told to end as the first of them has failed: each is listed, with its row, as soon as another one works."""
    harness.break_publishing()
    async with harness.worker():
        jobs = [await harness.client.start(a_request(job_id=f"dying-{number}")) for number in range(JOBS)]

        async def one_has_failed() -> bool:
            rows = [await harness.records.get(job.id) for job in jobs]
            return any(row and row.status == "failed" for row in rows)

        await eventually(one_has_failed)
    async with harness.worker():
        for job in jobs:
            with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
                await job.result()
            listed = await listed_as_failed(harness.client, job.id)
            assert (listed.failed_step, listed.failure_type) == ("uploading", "StorageDenied")
            row = await harness.records.get(job.id)
            assert row
            assert (row.status, row.failure_type) == ("failed", "StorageDenied")
