"""What connections to PostgreSQL leave on the server and take from it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from dalsegno.ports import JobRow
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from tests.support.postgresql import PostgresqlServer

NOON_IN_TOKYO = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=9)))
ROW = JobRow(
    job_id="job-1",
    request_sha256="a" * 64,
    customer_id="acme",
    status="running",
    step="queued",
    provider="builtin",
    requested_duration_seconds=30.5,
    workflow_run_id="run",
    created_at=NOON_IN_TOKYO,
    updated_at=NOON_IN_TOKYO,
)


@pytest.fixture
async def database(
    postgresql: PostgresqlServer, postgresql_database: str, postgresql_url: str
) -> AsyncIterator[Database]:
    """A database whose sessions are in a time zone of their own."""
    await migrate(postgresql_url)
    postgresql.sql(f"ALTER DATABASE {postgresql_database} SET timezone = 'America/New_York'")
    database = Database(create_engine(postgresql_url))
    yield database
    await database.close()


async def test_a_moment_is_the_same_in_every_time_zone(
    postgresql: PostgresqlServer, postgresql_database: str, database: Database
) -> None:
    """The writer's, the session's and the reader's may differ; what comes back is in UTC."""
    found = await SqlJobRecords(database).open(ROW)
    assert found.created_at == NOON_IN_TOKYO
    assert found.created_at.tzinfo == UTC
    stored = "SELECT created_at AT TIME ZONE 'UTC' FROM music_jobs"
    assert postgresql.sql(stored, database=postgresql_database) == "2026-11-23 03:00:00"


async def test_no_statement_stays_prepared_on_the_server(database: Database) -> None:
    """A pooler may give the next transaction another server, which would not know it."""
    records = SqlJobRecords(database)
    await records.open(ROW)
    for _ in range(10):
        await records.get("job-1")
    async with database.reading() as connection:
        named = await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    assert named == 0


async def test_a_migration_beside_a_worker_does_not_disturb_it(
    postgresql: PostgresqlServer, postgresql_database: str, database: Database
) -> None:
    """Nothing that a connection has kept becomes invalid by a new column."""
    records = SqlJobRecords(database)
    opened = await records.open(ROW)
    postgresql.sql("ALTER TABLE music_jobs ADD COLUMN later text", database=postgresql_database)
    postgresql.sql("ALTER TABLE music_jobs ALTER COLUMN mood TYPE text", database=postgresql_database)
    assert await records.get("job-1") == opened
