"""The object stores and job records that have to pass the same tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dalsegno.ports import JobRecords, Ledger, ObjectStore
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.ledger import SqlLedger
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.records.memory_ledger import MemoryLedger
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from dalsegno.storage.local import FolderObjectStore
from dalsegno.storage.memory import MemoryObjectStore


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Each object store, empty."""
    if request.param == "memory":
        return MemoryObjectStore()
    return FolderObjectStore(tmp_path / "objects")


@pytest.fixture(params=["memory", "sqlite"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobRecords]:
    """Each implementation of job records, empty."""
    if request.param == "memory":
        yield MemoryJobRecords()
        return
    url = f"sqlite+aiosqlite:///{tmp_path / 'music.db'}"
    await migrate(url)
    database = Database(create_engine(url))
    yield SqlJobRecords(database)
    await database.close()


@pytest.fixture(params=["memory", "sqlite"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """Each implementation of the ledger, empty."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    url = f"sqlite+aiosqlite:///{tmp_path / 'music.db'}"
    await migrate(url)
    database = Database(create_engine(url))
    yield SqlLedger(database)
    await database.close()
