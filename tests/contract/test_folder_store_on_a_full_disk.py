"""A folder as object store on a disk that is full: at whichever call that shows, nothing is half there."""

import errno
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from dalsegno.errors import StorageUnavailable
from dalsegno.storage.local import FolderObjectStore

TEXT = "text/plain"
OLD, NEW = b"old", bytes(2 << 20)


class FullDisk:
    """Lets one call of a function of `os` find the disk full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
        self.left = -1
        self._real: Callable[..., Any] = getattr(os, function)
        monkeypatch.setattr(os, function, self._call)

    def _call(self, *arguments: Any, **options: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._real(*arguments, **options)


@pytest.mark.parametrize("function", ["open", "mkdir", "write", "fsync", "replace", "link"])
@pytest.mark.parametrize("once", [False, True], ids=["again", "once"])
async def test_a_put_is_done_or_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, once: object
) -> None:
    """Each call that a put makes fails once: the object is what it was, or the new one, and no other file is left."""
    disk = FullDisk(monkeypatch, function)
    for number in count():
        root = tmp_path / str(number)
        store = FolderObjectStore(root)
        key = "new/k" if once else "k"
        if not once:
            await store.put(key, OLD, content_type=TEXT)
        before = await store.stat(key)
        disk.left = number
        try:
            await store.put(key, NEW, content_type=TEXT, once=bool(once))
        except StorageUnavailable as error:
            assert str(error) == f"The disk that holds {root} is full: free some space on it."  # noqa: PT017
        reached = disk.left < 0
        disk.left = -1
        found = await store.stat(key)
        assert found == before or (found and await store.read(key) == NEW)
        assert list(root.glob(".store/partial/*")) == []
        assert [each async for each in store.list("")] == ([key] if found else [])
        new = await store.put(key, NEW, content_type=TEXT, once=bool(once))  # there is space again
        assert await store.stat(key) == new
        if not reached:
            break
    assert number or (function, once) == ("link", False)


@pytest.mark.parametrize("function", ["open", "mkdir", "write", "replace"])
async def test_a_download_is_whole_or_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Here it is the disk that is downloaded to."""
    store = FolderObjectStore(tmp_path / "objects")
    await store.put("k", NEW, content_type=TEXT)
    disk = FullDisk(monkeypatch, function)
    for number in count():
        target = tmp_path / f"to-{number}" / "target"
        disk.left = number
        try:
            await store.get("k", target)
        except StorageUnavailable as error:
            assert "is full: free some space on it" in str(error)  # noqa: PT017
            assert not target.exists()
        else:
            assert target.read_bytes() == NEW
        reached = disk.left < 0
        disk.left = -1
        if target.parent.exists():
            assert {path.name for path in target.parent.iterdir()} <= {"target"}
        if not reached:
            break
    assert number
