"""An object store in memory: for tests, and for what need not outlive the process."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dalsegno.errors import ObjectExists, ObjectMissing, StorageDenied
from dalsegno.models import StoredObject
from dalsegno.storage.download import download
from dalsegno.storage.keys import check_key, check_range
from dalsegno.storage.pieces import PIECE, sha256_of, source_pieces


@dataclass(frozen=True)
class _Content:
    content: bytes
    sha256: str
    content_type: str

    def as_stored(self, key: str) -> StoredObject:
        return StoredObject(key=key, bytes=len(self.content), sha256=self.sha256)


class MemoryObjectStore:
    """Implements `dalsegno.ports.ObjectStore` by a dictionary."""

    def __init__(self) -> None:
        self._objects: dict[str, _Content] = {}

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        content = await asyncio.to_thread(lambda: b"".join(source_pieces(source)))
        new = _Content(content, sha256_of(content), content_type)
        if not once:
            self._objects[key] = new
        elif self._objects.setdefault(key, new).sha256 != new.sha256:
            raise ObjectExists(f"The key {key} is taken by other content.")
        return new.as_stored(key)

    async def stat(self, key: str) -> StoredObject | None:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        found = self._objects.get(key)
        return None if found is None else found.as_stored(key)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `dalsegno.ports.ObjectStore`. A range beyond the end gives what there is, maybe nothing."""
        check_range(start, length)
        return self._found(key).content[start : None if length is None else start + length]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See `dalsegno.ports.ObjectStore`."""
        content = self._found(key).content
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    async def get(self, key: str, target: Path) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        return await download(self._found(key).as_stored(key), self.stream(key), target)

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        copied = source.model_copy(update={"key": target_key})
        if await self.stat(target_key) == copied:
            return copied
        found = self._found(source.key)
        if found.sha256 != source.sha256:
            raise StorageDenied(f"The object {source.key} has other content than when it was stored.")
        self._objects[target_key] = _Content(found.content, found.sha256, content_type)
        return copied

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """See `dalsegno.ports.ObjectStore`. The order is that of the keys' UTF-8 bytes, as on S3."""
        for key in sorted(self._objects, key=str.encode):
            if key.startswith(prefix) and key in self._objects:
                yield key

    async def delete(self, key: str) -> None:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        self._objects.pop(key, None)

    async def link(self, key: str, expires: timedelta) -> str:  # noqa: ARG002  # the link holds the content itself, which can't expire
        """A `data:` URI: it holds the content, so it never expires. Raises ObjectMissing."""
        found = self._found(key)
        return f"data:{found.content_type};base64,{base64.b64encode(found.content).decode()}"

    def _found(self, key: str) -> _Content:
        check_key(key)
        try:
            return self._objects[key]
        except KeyError:
            raise ObjectMissing(f"There is no object {key}.") from None
