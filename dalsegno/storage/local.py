"""A folder as object store: for one machine, and for development."""

import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from dalsegno.errors import ObjectExists, ObjectMissing, StorageDenied
from dalsegno.models import StoredObject
from dalsegno.storage.digests import Digests
from dalsegno.storage.download import download
from dalsegno.storage.folder_names import INTERNAL, check_root, key_path
from dalsegno.storage.keys import check_range
from dalsegno.storage.listing import keys_and_folders
from dalsegno.storage.os_errors import storage_errors
from dalsegno.storage.partial_files import PartialFiles
from dalsegno.storage.pieces import PIECE, source_pieces, write_all
from dalsegno.storage.placing import place, remove_empty_folders
from dalsegno.storage.threads import Stop, in_thread

# Never a symbolic link; and an open that would wait (on a named pipe, say) returns at once.
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class FolderObjectStore:
    """Implements `dalsegno.ports.ObjectStore` by files whose paths below `root` are the keys.

    The folder `.store` in it is the store's own: files in the making and the objects' SHA-256. Each part of a
    key may have up to 255 bytes. Several processes may use one folder. Its file system must have hard links.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._partial_files = PartialFiles(self._root / INTERNAL / "partial")
        self._digests = Digests(self._root / INTERNAL / "sha256", self._partial_files)
        self._is_swept = False

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`. The content type is not kept: a file's name says what it is."""
        del content_type
        return await in_thread(partial(self._put, key, source, once=once))

    async def stat(self, key: str) -> StoredObject | None:
        """See `dalsegno.ports.ObjectStore`."""
        return await in_thread(partial(self._stat, key))

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `dalsegno.ports.ObjectStore`. A range beyond the end gives what there is, maybe nothing."""
        check_range(start, length)
        return await in_thread(partial(self._read, key, start, length))

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See `dalsegno.ports.ObjectStore`. What is replaced meanwhile is streamed to its end as it was."""
        with self._opened(key) as descriptor:
            offset = 0
            while piece := await in_thread(partial(_piece, descriptor, offset)):
                yield piece
                offset += len(piece)

    async def get(self, key: str, target: Path) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        stored = await self.stat(key)
        if stored is None:
            raise _missing(key)
        return await download(stored, self.stream(key), target)

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`. Both keys then share a file, which no write changes."""
        del content_type
        return await in_thread(partial(self._copy, source, target_key))

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """See `dalsegno.ports.ObjectStore`. The order is that of the keys' UTF-8 bytes, as on S3."""
        pending = [prefix[: prefix.rfind("/") + 1]]
        while pending:
            names = await in_thread(partial(self._keys_and_folders, pending.pop(), prefix))
            pending.extend(reversed(names))
            while pending and not pending[-1].endswith("/"):
                yield pending.pop()

    async def delete(self, key: str) -> None:
        """See `dalsegno.ports.ObjectStore`."""
        await in_thread(partial(self._delete, key))

    async def link(self, key: str, expires: timedelta) -> str:  # noqa: ARG002  # a file's address can't expire
        """A `file:` URI, for programs on this machine: good as long as the object. Raises ObjectMissing."""
        with self._opened(key):
            return key_path(self._root, key).as_uri()

    def _put(self, key: str, source: Path | bytes, stop: Stop, *, once: bool) -> StoredObject:
        path = key_path(self._root, key)
        with storage_errors(self._root):
            self._sweep()
            with self._partial_files.new() as (partial_path, descriptor):
                digest, size = sha256(), 0
                for piece in source_pieces(source):
                    stop.check()
                    write_all(descriptor, piece)
                    digest.update(piece)
                    size += len(piece)
                os.fsync(descriptor)
                stop.check()
                stored = StoredObject(key=key, bytes=size, sha256=digest.hexdigest())
                while not (once and self._is_written(stored, stop)):
                    self._digests.note(key, descriptor, stored.sha256)
                    if place(partial_path, path, once=once):
                        break
        return stored

    def _is_written(self, stored: StoredObject, stop: Stop) -> bool:
        found = self._stat(stored.key, stop)
        if found is not None and found.sha256 != stored.sha256:
            raise ObjectExists(f"The key {stored.key} is taken by other content.")
        return found is not None

    def _stat(self, key: str, stop: Stop) -> StoredObject | None:
        try:
            with self._opened(key) as descriptor:
                digest = self._digests.of(key, descriptor, stop)
                return StoredObject(key=key, bytes=os.fstat(descriptor).st_size, sha256=digest)
        except ObjectMissing:
            return None

    def _read(self, key: str, start: int, length: int | None, stop: Stop) -> bytes:
        with self._opened(key) as descriptor:
            end = os.fstat(descriptor).st_size if length is None else start + length
            pieces = []
            while start < end and (piece := os.pread(descriptor, min(PIECE, end - start), start)):
                stop.check()
                pieces.append(piece)
                start += len(piece)
            return b"".join(pieces)

    def _copy(self, source: StoredObject, target_key: str, stop: Stop) -> StoredObject:
        path, target = key_path(self._root, source.key), key_path(self._root, target_key)
        copied = source.model_copy(update={"key": target_key})
        with storage_errors(self._root):
            self._sweep()
            while self._stat(target_key, stop) != copied:
                with self._opened(source.key) as descriptor:
                    if self._digests.of(source.key, descriptor, stop) != source.sha256:
                        raise StorageDenied(
                            f"The object {source.key} has other content than when it was stored."
                        )
                    with self._partial_files.linked(descriptor, path) as partial_path:
                        if partial_path is not None:
                            self._digests.note(target_key, descriptor, source.sha256)
                            place(partial_path, target, once=False)
                            break
        return copied

    def _delete(self, key: str, stop: Stop) -> None:
        path = key_path(self._root, key)
        stop.check()
        with storage_errors(self._root):
            check_root(self._root)
            with suppress(FileNotFoundError, NotADirectoryError):
                if not path.is_dir():
                    path.unlink()
            remove_empty_folders(path.parent, self._root)
            self._digests.forget(key)

    def _keys_and_folders(self, folder: str, prefix: str, stop: Stop) -> Sequence[str]:
        stop.check()
        with storage_errors(self._root):
            return keys_and_folders(self._root, folder, prefix)

    @contextmanager
    def _opened(self, key: str) -> Iterator[int]:
        path = key_path(self._root, key)
        with storage_errors(self._root):
            try:
                descriptor = os.open(path, _READ)
            except (FileNotFoundError, NotADirectoryError):
                check_root(self._root)
                raise _missing(key) from None
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise _missing(key)
                yield descriptor
            finally:
                os.close(descriptor)

    def _sweep(self) -> None:
        if not self._is_swept:
            self._partial_files.sweep()
            self._is_swept = True


def _piece(descriptor: int, offset: int, stop: Stop) -> bytes:
    stop.check()
    return os.pread(descriptor, PIECE, offset)


def _missing(key: str) -> ObjectMissing:
    return ObjectMissing(f"There is no object {key}.")
