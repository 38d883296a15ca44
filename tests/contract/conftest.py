"""The object stores and job records that have to pass the same tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dalsegno.ports import Catalog, JobRecords, Ledger, ObjectStore
from dalsegno.records.catalog import SqlCatalog
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.ledger import SqlLedger
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.records.memory_catalog import MemoryCatalog
from dalsegno.records.memory_ledger import MemoryLedger
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from dalsegno.storage.local import FolderObjectStore
from dalsegno.storage.memory import MemoryObjectStore


@pytest.fixture(params=["memory", "folder", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    """Each object store, empty."""
    if request.param == "memory":
        yield MemoryObjectStore()
    elif request.param == "folder":
        yield FolderObjectStore(tmp_path / "objects")
    else:
        s3 = request.getfixturevalue("seaweedfs").store(request.getfixturevalue("bucket"))
        yield s3
        await s3.close()


DATABASES = ["memory", "sqlite", "postgresql"]


@pytest.fixture(params=DATABASES)
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobRecords]:
    """Each implementation of job records, empty."""
    if request.param == "memory":
        yield MemoryJobRecords()
        return
    async with migrated(request, tmp_path) as database:
        yield SqlJobRecords(database)


@pytest.fixture(params=DATABASES)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """Each implementation of the ledger, empty."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    async with migrated(request, tmp_path) as database:
        yield SqlLedger(database)


@pytest.fixture(params=DATABASES)
async def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Catalog]:
    """Each implementation of the catalogue, empty."""
    if request.param == "memory":
        yield MemoryCatalog()
        return
    async with migrated(request, tmp_path) as database:
        yield SqlCatalog(database)


@asynccontextmanager
async def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """The database that a fixture's parameter names, with this version's tables."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'music.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    await migrate(url)
    database = Database(create_engine(url))
    yield database
    await database.close()
