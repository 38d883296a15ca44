"""Gives a finished file its name, so that it appears whole or not at all and outlives a power cut."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from dalsegno.errors import StorageDenied


def place(finished: Path, path: Path, *, once: bool) -> bool:
    """Moves a finished file to `path` on the same file system, making the folders in between.

    Returns:
        False if `once` is set and a file lies at `path` already: it is left alone.

    Raises:
        StorageDenied: if a folder that is not empty lies at `path`, or a file where a folder should be.
    """
    while True:
        try:
            _make_folder(path.parent)
            if once:
                os.link(finished, path, follow_symlinks=False)
            else:
                finished.replace(path)
        except FileNotFoundError:
            if not finished.exists():
                raise
            # Somebody's delete has just tidied the empty folder away: make it again.
        except (FileExistsError, IsADirectoryError):
            if not path.is_dir():
                return False
            _remove_empty(path)
        else:
            with suppress(FileNotFoundError):  # deleted already, with its folder
                _sync(path.parent)
            return True


def remove_empty_folders(folder: Path, root: Path) -> None:
    """Removes the folder and those above it, below `root`, as far as they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise StorageDenied(
                f"A file is at {folder}, where a folder should be: no key can lead through it."
            ) from None
    else:
        _sync(folder.parent)


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageDenied(
            f"A folder with objects in it is at {folder}, where one object should be."
        ) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
