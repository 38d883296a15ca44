from pathlib import Path

import pytest
from temporalio.client import Client

from dalsegno.client import MusicClient
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.settings import Settings
from dalsegno.storage.memory import MemoryObjectStore


@pytest.fixture
def store() -> MemoryObjectStore:
    """An empty object store."""
    return MemoryObjectStore()


@pytest.fixture
async def client(tmp_path: Path, store: MemoryObjectStore) -> MusicClient:
    """A client that has not connected yet, and would find nobody if it did."""
    temporal = await Client.connect("127.0.0.1:1", lazy=True, plugins=[DalSegnoPlugin()])
    return MusicClient(temporal, store, Settings(home=tmp_path))
