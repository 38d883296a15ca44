"""Mureka, as the simulator and as the client that talks to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dalsegno.models import MusicBrief
from dalsegno.providers.mureka import Bounds, Mureka
from tests.support.mureka_simulator import API_KEY, MurekaSimulator

# Long enough for a busy machine where an answer comes, short where a test waits for none to come.
BOUNDS = Bounds(connect=10, exchange=20, idle=10, download=60, size=20_000_000)


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[MurekaSimulator]:
    """A service whose tasks are done at once."""
    async with MurekaSimulator() as simulator:
        yield simulator


@pytest_asyncio.fixture
async def mureka(simulator: MurekaSimulator) -> AsyncIterator[Mureka]:
    """A client of it."""
    client = Mureka(api_key=API_KEY, base_url=simulator.base_url, bounds=BOUNDS)
    yield client
    await client.close()


@pytest_asyncio.fixture
async def hasty(simulator: MurekaSimulator) -> AsyncIterator[Mureka]:
    """A client of it that waits for nothing for more than a second or two."""
    bounds = Bounds(connect=1, exchange=1, idle=1, download=2, size=20_000_000)
    client = Mureka(api_key=API_KEY, base_url=simulator.base_url, bounds=bounds)
    yield client
    await client.close()


@pytest.fixture
def brief() -> MusicBrief:
    """Ten seconds of calm."""
    return MusicBrief(duration=10, seed=1, mood="calm", prompt="A lake at dawn")
