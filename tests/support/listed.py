"""Waiting for Temporal's lists: they are written after what they tell of."""

from dalsegno.client import MusicClient
from dalsegno.models import JobSummary
from tests.support.eventually import eventually


async def listed_as_failed(client: MusicClient, job_id: str) -> JobSummary:
    """A job's line among those that failed, as soon as it is there."""
    found: list[JobSummary] = []

    async def listed() -> bool:
        found[:] = [each async for each in client.list(status="failed") if each.job_id == job_id]
        return bool(found)

    await eventually(listed)
    (job,) = found
    return job
