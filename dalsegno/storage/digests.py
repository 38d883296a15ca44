"""The SHA-256 of each object of a folder, so that asking for it doesn't read the object again.

A note, one for each key, says which file it is about: inode, size and time of last change. It is believed
only of that very file. So nothing has to be written at once with the object: a note that is missing, torn, or
about the file before costs one reading of the object, and never a wrong answer. An object that somebody edits
or puts into the folder by hand is told right as well.

Whoever writes a note holds the file open meanwhile, so that no other file can get the same inode.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from dalsegno.storage.partial_files import PartialFiles
from dalsegno.storage.pieces import PIECE, sha256_of, write_all
from dalsegno.storage.threads import Stop


class Digests:
    """The notes, in a folder of their own, named by the SHA-256 of the key: keys can be longer than names."""

    def __init__(self, folder: Path, partial_files: PartialFiles) -> None:
        self._folder = folder
        self._partial_files = partial_files

    def note(self, key: str, descriptor: int, sha256: str) -> None:
        """Notes the SHA-256 of the open file that lies, or is about to lie, under the key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._partial_files.new() as (path, note):
            write_all(note, f"{_identity(descriptor)} {sha256}\n".encode())
            path.replace(self._path(key))

    def of(self, key: str, descriptor: int, stop: Stop) -> str:
        """The SHA-256 of the open file that lies under the key: as noted, else by reading it."""
        noted = self._noted(key, descriptor)
        if noted is not None:
            return noted
        before = _identity(descriptor)
        digest = hashlib.sha256()
        offset = 0
        while piece := os.pread(descriptor, PIECE, offset):
            stop.check()
            digest.update(piece)
            offset += len(piece)
        if _identity(descriptor) == before:
            with suppress(
                OSError
            ):  # a note saves time only: reading goes on in a folder that can't be written
                self.note(key, descriptor, digest.hexdigest())
        return digest.hexdigest()

    def forget(self, key: str) -> None:
        """Drops the note about a key."""
        self._path(key).unlink(missing_ok=True)

    def _noted(self, key: str, descriptor: int) -> str | None:
        try:
            identity, _, sha256 = (
                self._path(key).read_bytes().decode("ascii", "replace").rstrip().rpartition(" ")
            )
        except FileNotFoundError:
            return None
        return sha256 if identity == _identity(descriptor) and len(sha256) == 64 else None

    def _path(self, key: str) -> Path:
        return self._folder / sha256_of(key.encode())


def _identity(descriptor: int) -> str:
    file = os.fstat(descriptor)
    return f"{file.st_ino} {file.st_size} {file.st_mtime_ns}"
