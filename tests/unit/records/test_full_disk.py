"""SQLite on a disk that is full. SQLite's own bound of a file's pages stands for the disk's end: the error is real."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from dalsegno.errors import DatabaseUnavailable
from dalsegno.ports import JobRow
from dalsegno.records import sqlite
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROW = JobRow(
    job_id="job-1",
    request_sha256="a" * 64,
    customer_id="acme",
    status="running",
    step="queued",
    provider="builtin",
    requested_duration_seconds=30.5,
    workflow_run_id="run",
    created_at=NOW,
    updated_at=NOW,
)
SENTENCE = "The database does not answer: its disk is full: free some space."


@pytest.fixture
def fill_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets no database file grow any more, on connections that are made from then on."""
    set_up = sqlite._set_up

    def set_up_full(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        set_up(connection, entry)
        cursor = connection.cursor()
        cursor.execute("PRAGMA max_page_count = 1")  # never less than the file has already
        cursor.close()

    return lambda: monkeypatch.setattr(sqlite, "_set_up", set_up_full)


async def test_a_write_waits_for_space_and_is_made_whole_or_not_at_all(
    sqlite_url: str, fill_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there can be read all the time; once there is space again, the same write succeeds."""
    await migrate(sqlite_url)
    database = Database(create_engine(sqlite_url))
    await SqlJobRecords(database).open(ROW)
    await database.close()
    changes: dict[str, Any] = {"step": "generating", "title": "A title of many words. " * 1_000}
    later = NOW + timedelta(seconds=1)

    fill_disk()
    database = Database(create_engine(sqlite_url))
    records = SqlJobRecords(database)
    with pytest.raises(DatabaseUnavailable) as full:
        await records.update("job-1", request_sha256=ROW.request_sha256, updated_at=later, changes=changes)
    assert str(full.value) == SENTENCE
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        await records.open(replace(ROW, job_id="job-2", prompt="Rain. " * 1_000))
    assert await records.get("job-1") == ROW
    assert await records.get("job-2") is None
    await database.close()

    monkeypatch.undo()
    database = Database(create_engine(sqlite_url))
    records = SqlJobRecords(database)
    await records.update("job-1", request_sha256=ROW.request_sha256, updated_at=later, changes=changes)
    assert await records.get("job-1") == replace(ROW, **changes, updated_at=later)
    await database.close()


async def test_a_migration_leaves_no_part_of_itself(
    sqlite_url: str, fill_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is wrong, and the next one begins from the beginning."""
    fill_disk()
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        await migrate(sqlite_url)
    monkeypatch.undo()
    assert (await migrate(sqlite_url))[0] == "0001"
