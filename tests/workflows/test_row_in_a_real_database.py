"""The job's row in a real database, on the paths that end a job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dalsegno.client import JobHandle
from dalsegno.errors import JobEndedError
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.ledger import SqlLedger
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[Database]:
    """A database with its tables."""
    await migrate(url)
    database = Database(create_engine(url))
    yield database
    await database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_row_says_how_the_job_ended(
    harness: Harness, request: pytest.FixtureRequest, kind: str
) -> None:
    """Failed with its step and its reason, completed after the retry, cancelled: as Temporal has it each time."""
    sqlite = f"sqlite+aiosqlite:///{harness.folder}/music.db"
    url = sqlite if kind == "sqlite" else request.getfixturevalue("postgresql_url")
    async with migrated(url) as database:
        harness.records, harness.ledger = SqlJobRecords(database), SqlLedger(database)
        broken = harness.break_publishing()
        async with harness.worker():
            job = await harness.client.start(a_request(job_id=f"in-{kind}"))
            with pytest.raises(JobEndedError):
                await job.result()
            failure = (await job.status()).failure
            assert failure
            assert await _row(harness, job) == ("failed", "uploading", "StorageDenied", failure.message, None)
            broken.clear()
            await harness.client.retry(job.id)
            result = await job.result()
            key = result.objects["master.wav"].key
            assert await _row(harness, job) == ("completed", "completed", None, None, key)
        cancelled = await harness.client.start(a_request(job_id=f"cancelled-in-{kind}"))
        await cancelled.cancel()
        async with harness.worker():
            with pytest.raises(JobEndedError):
                await cancelled.result()
        assert (await _row(harness, cancelled))[0] == "cancelled"


async def _row(harness: Harness, job: JobHandle) -> tuple[str | None, ...]:
    row = await harness.records.get(job.id)
    assert row
    described = await harness.temporal.get_workflow_handle(job.id).describe()
    assert row.workflow_run_id == described.run_id
    return row.status, row.step, row.failure_type, row.error_message, row.r2_key
