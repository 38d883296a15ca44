"""What tests share: servers (Temporal, PostgreSQL, S3) a test process; a harness, a database and a bucket a test."""

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness
from tests.support.postgresql import PostgresqlServer, postgresql_server
from tests.support.seaweedfs import SeaweedFS

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would the programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """The embedded Temporal server."""
    server = await EmbeddedServer.start(tmp_path_factory.mktemp("temporal"))
    yield server
    await server.child.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal(server: EmbeddedServer) -> Client:
    """A connection to it, configured as everywhere."""
    return await Client.connect(server.address, plugins=[DalSegnoPlugin()])


@pytest_asyncio.fixture(loop_scope="session")
async def harness(temporal: Client, tmp_path: Path) -> AsyncIterator[Harness]:
    """All that a job needs, in memory. No job of a test is left for the next one's worker."""
    yield Harness(temporal, tmp_path)
    async for left in temporal.list_workflows("ExecutionStatus = 'Running'"):
        await temporal.get_workflow_handle(left.id).terminate("the test is over")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server."""
    with postgresql_server() as server:
        yield server


@pytest.fixture
def postgresql_database(postgresql: PostgresqlServer) -> Iterator[str]:
    """The name of an empty database on it."""
    with postgresql.database() as name:
        yield name


@pytest.fixture
def postgresql_url(postgresql: PostgresqlServer, postgresql_database: str) -> str:
    """The address of an empty database on it."""
    return postgresql.url(postgresql_database)


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """An S3 server."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(seaweedfs: SeaweedFS) -> Iterator[str]:
    """The name of an empty bucket on it."""
    with seaweedfs.bucket() as name:
        yield name
