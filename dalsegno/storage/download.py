"""Brings an object into a file: whole and right, or not at all."""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from dalsegno.errors import StorageUnavailable
from dalsegno.models import StoredObject
from dalsegno.storage.os_errors import storage_errors
from dalsegno.storage.pieces import write_all
from dalsegno.storage.threads import Stop, in_thread


async def download(stored: StoredObject, pieces: AsyncIterator[bytes], target: Path) -> StoredObject:
    """Writes the pieces of what was stored into `target`, whose folder is made if need be.

    An older file at `target` stays until the new one is there and right.

    Raises:
        StorageUnavailable: if the content is not what was stored, or the disk is full.
        StorageDenied: if the target can't be written.
    """
    with storage_errors(target.parent), _neighbour(target) as (path, descriptor):
        digest = hashlib.sha256()
        async for piece in pieces:
            await in_thread(partial(_take, descriptor, digest, piece))
        if digest.hexdigest() != stored.sha256:
            raise StorageUnavailable(f"What came for {stored.key} is not what was stored there.")
        path.replace(target)
    return stored


@contextmanager
def _neighbour(target: Path) -> Iterator[tuple[Path, int]]:
    """A new file beside the target, open for writing; gone at the end unless it was moved."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{secrets.token_hex(8)}.partial")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        yield path, descriptor
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _take(descriptor: int, digest: "hashlib._Hash", piece: bytes, stop: Stop) -> None:
    stop.check()
    write_all(descriptor, piece)
    digest.update(piece)
