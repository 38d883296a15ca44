"""Files in the making, out of sight until they are whole, and gone when who made them is."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class PartialFiles:
    """A folder of files in the making. Each is locked by its maker as long as he lives.

    The operating system lets go of a dead process's locks, so what is not locked is nobody's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def new(self) -> Iterator[tuple[Path, int]]:
        """A new file, open for writing: path and descriptor. It is gone at the end unless it was moved."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path, descriptor = self._locked_file()
        try:
            yield path, descriptor
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    @contextmanager
    def linked(self, descriptor: int, path: Path) -> Iterator[Path | None]:
        """Another name for the open file that lies at `path`; None if it lies there no more."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # the sweep goes by locks on the file, whatever its name
        name = self._folder / secrets.token_hex(16)
        try:
            with suppress(FileNotFoundError):
                os.link(path, name, follow_symlinks=False)
            is_same = name.exists() and name.lstat().st_ino == os.fstat(descriptor).st_ino
            yield name if is_same else None
        finally:
            name.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Removes the files whose makers are dead."""
        if not self._folder.exists():
            return
        for path in self._folder.iterdir():
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue  # its maker has finished meanwhile
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
            except BlockingIOError:
                continue  # its maker lives
            finally:
                os.close(descriptor)

    def _locked_file(self) -> tuple[Path, int]:
        while True:
            path = self._folder / secrets.token_hex(16)
            descriptor = os.open(path, _CREATE, 0o666)
            # Between creation and lock a sweep may have taken the file for a dead one's.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return path, descriptor
            os.close(descriptor)
