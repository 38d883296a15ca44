"""What tests of whole programs share: a home, a Temporal server, a way to the store that can be held up."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from dalsegno.runtime.server import EmbeddedServer
from tests.support.programs import Home
from tests.support.r2_faults import R2Faults
from tests.support.seaweedfs import SeaweedFS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest_asyncio.fixture(loop_scope="module")
async def own_server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A Temporal server for one test, where no worker has been yet."""
    folder = tmp_path / "temporal"
    folder.mkdir()
    server = await EmbeddedServer.start(folder)
    yield server
    await server.child.stop()


@pytest.fixture
def held_store(seaweedfs: SeaweedFS) -> Iterator[R2Faults]:
    """The way to an object store that holds requests up to order."""
    with R2Faults(seaweedfs.endpoint_url).running() as store:
        yield store
