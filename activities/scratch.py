"""Where activities keep files while they work: folders that never outlive their use for long.

Each worker has a folder of its own, which it holds a lock on. What a killed worker left is removed by the next one.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self


class Scratch:
    """A worker's own folder for temporary files, from entering to leaving.

    Args:
        root: where the workers' folders lie, on a disk with room for a few hundred MB a job.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> Self:
        self._root.mkdir(parents=True, exist_ok=True)
        self._remove_abandoned()
        self._own = Path(tempfile.mkdtemp(prefix="worker-", dir=self._root))
        self._lock = self._hold(self._own)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._own, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A fresh folder for one piece of work; gone with it."""
        path = Path(tempfile.mkdtemp(prefix="step-", dir=self._own))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        for folder in self._root.glob("worker-*"):
            lock = self._hold(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)

    @staticmethod
    def _hold(folder: Path) -> int | None:
        """Locks a folder, or returns None: somebody lives there, or it has just gone."""
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        return handle
