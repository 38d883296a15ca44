"""Where activities keep files while they work: folders that never outlive their use for long.

Each worker has a folder of its own, which it holds a lock on. What a killed worker left is removed by the next one.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from dalsegno.errors import SettingsError


class Scratch:
    """A worker's own folder for temporary files, from entering to leaving.

    Args:
        root: where the workers' folders lie, on a disk with room for a few hundred MB a job. It is made if need
            be, for this user alone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> Self:
        """Takes a folder, and removes those of workers that were killed.

        Raises:
            SettingsError: `root` can't be made, or is somebody else's.
        """
        try:
            self._make_root()
            self._remove_abandoned()
            self._own, self._lock = self._take_folder()
        except OSError as error:
            raise SettingsError(
                f"The folder {self._root} for temporary files can't be used ({error.strerror}): set TMPDIR."
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)

    @property
    def own(self) -> Path:
        """The worker's folder."""
        return self._own

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A fresh folder for one piece of work; gone with it."""
        if not _is_folder(
            self._own, self._lock
        ):  # machines clean their folders for temporary files now and then
            self._make_root()
            os.close(self._lock)
            self._own, self._lock = self._take_folder()
        path = Path(tempfile.mkdtemp(prefix="step-", dir=self._own))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _make_root(self) -> None:
        self._root.parent.mkdir(parents=True, exist_ok=True)
        self._root.mkdir(mode=0o700, exist_ok=True)
        # Its name can be guessed, and it may lie where anybody can make a folder or a link of that name first.
        found = self._root.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise SettingsError(
                f"The folder {self._root} for temporary files belongs to somebody else: remove it, or set TMPDIR."
            )
        self._root.chmod(0o700)

    def _take_folder(self) -> tuple[Path, int]:
        """A new folder and its lock. Until it is locked, a worker that starts now may take it for abandoned."""
        while True:
            own = Path(tempfile.mkdtemp(prefix="worker-", dir=self._root))
            lock = _hold(own)
            if lock is not None:
                if _is_folder(own, lock):
                    return own, lock
                os.close(lock)

    def _remove_abandoned(self) -> None:
        for folder in self._root.glob("worker-*"):
            lock = _hold(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _hold(folder: Path) -> int | None:
    """Locks a folder, or returns None: somebody has it, or it has just gone."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _is_folder(path: Path, handle: int) -> bool:
    """Whether the folder that was opened is still the one of this name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
