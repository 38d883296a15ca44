"""What tests share: a Temporal server a test process, and a harness a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness


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
