"""Many programs that write the same row at the same time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dalsegno.ports import JobRow
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from tests.support.eventually import eventually
from tests.support.postgresql import PostgresqlServer

START = datetime(2026, 11, 23, tzinfo=UTC)
SHA = "a" * 64
ROW = JobRow(
    job_id="job-1",
    request_sha256=SHA,
    customer_id="acme",
    status="running",
    step="queued",
    provider="builtin",
    requested_duration_seconds=30.5,
    workflow_run_id="run",
    created_at=START,
    updated_at=START,
)


async def write(records: SqlJobRecords, second: int, **changes: object) -> None:
    """Updates the row as of some seconds after it was opened."""
    await records.update(
        "job-1", request_sha256=SHA, updated_at=START + timedelta(seconds=second), changes=changes
    )


async def test_of_many_programs_the_newest_write_stands(url: str) -> None:
    """Each has a pool of its own; they open the row and write in no order, and whoever is late is ignored."""
    await migrate(url)
    databases = [Database(create_engine(url)) for _ in range(5)]
    programs = [SqlJobRecords(database) for database in databases]
    seconds = [number * 37 % 51 for number in range(1, 51)]  # each once, in no order
    assert sorted(seconds) == list(range(1, 51))
    await asyncio.gather(*(programs[number % 5].open(ROW) for number in range(50)))
    await asyncio.gather(
        *(
            write(programs[second % 5], second, status="completed" if second == 50 else f"at {second}")
            for second in seconds
        )
    )
    assert await programs[0].get("job-1") == replace(
        ROW, status="completed", updated_at=START + timedelta(seconds=50)
    )
    for database in databases:
        await database.close()


async def test_a_late_writer_that_had_to_wait_for_the_newer_one_is_ignored(
    postgresql: PostgresqlServer, postgresql_database: str, postgresql_url: str
) -> None:
    """It looks at the row as the other left it, not as it was when the late one came."""
    await migrate(postgresql_url)
    database = Database(create_engine(postgresql_url))
    records = SqlJobRecords(database)
    await records.open(ROW)
    newer = await asyncio.create_subprocess_exec(
        *postgresql.psql(postgresql_database), stdin=asyncio.subprocess.PIPE, env=postgresql.environment
    )
    assert newer.stdin
    newer.stdin.write(
        b"BEGIN; UPDATE music_jobs SET status = 'completed', updated_at = updated_at + interval '10 s';\n"
    )

    activity = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "

    async def newer_has_written() -> bool:
        return (
            postgresql.sql(f"{activity} state = 'idle in transaction'", database=postgresql_database) == "1"
        )

    async def late_one_waits() -> bool:
        return postgresql.sql(f"{activity} wait_event_type = 'Lock'", database=postgresql_database) == "1"

    await eventually(newer_has_written)
    late = asyncio.create_task(write(records, 9, status="running", title="Too late"))
    await eventually(late_one_waits)
    await newer.communicate(b"COMMIT;\n")
    await late
    assert await records.get("job-1") == replace(
        ROW, status="completed", updated_at=START + timedelta(seconds=10)
    )
    await database.close()
