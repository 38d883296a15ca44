"""A store that fails to order, in front of another one."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

from dalsegno.models import StoredObject
from dalsegno.ports import ObjectStore


class FaultyStore:
    """Asks `fault(operation, key)` before each operation: what it returns is raised, None lets it pass."""

    def __init__(self, store: ObjectStore, fault: Callable[[str, str], Exception | None]) -> None:
        self.store = store
        self.fault = fault

    def _check(self, operation: str, key: str) -> None:
        if error := self.fault(operation, key):
            raise error

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """See ObjectStore."""
        self._check("put", key)
        return await self.store.put(key, source, content_type=content_type, once=once)

    async def stat(self, key: str) -> StoredObject | None:
        """See ObjectStore."""
        self._check("stat", key)
        return await self.store.stat(key)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See ObjectStore."""
        self._check("read", key)
        return await self.store.read(key, start, length)

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """See ObjectStore."""
        self._check("stream", key)
        return self.store.stream(key)

    async def get(self, key: str, target: Path) -> StoredObject:
        """See ObjectStore."""
        self._check("get", key)
        return await self.store.get(key, target)

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """See ObjectStore."""
        self._check("copy", target_key)
        return await self.store.copy(source, target_key, content_type=content_type)

    def list(self, prefix: str) -> AsyncIterator[str]:
        """See ObjectStore."""
        self._check("list", prefix)
        return self.store.list(prefix)

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        self._check("delete", key)
        await self.store.delete(key)

    async def link(self, key: str, expires: timedelta) -> str:
        """See ObjectStore."""
        self._check("link", key)
        return await self.store.link(key, expires)
