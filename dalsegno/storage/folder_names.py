"""How keys become paths below a folder, and back."""

import os
from pathlib import Path

from dalsegno.errors import StorageDenied
from dalsegno.storage.keys import check_key

MAX_PART_BYTES = 255
# The store's own folder. No key leads there: a first part that begins with `.` or `%` gets a `%` in front.
INTERNAL = ".store"


def key_path(root: Path, key: str) -> Path:
    """Where the object lies below `root`, which is resolved.

    Raises:
        StorageDenied: if the key is bad, has a part of more than 255 bytes, or leads through a symbolic link.
    """
    first, *others = check_key(key)
    names = ["%" + first if first.startswith((".", "%")) else first, *others]
    if any(len(name.encode()) > MAX_PART_BYTES for name in names):
        raise StorageDenied(f"Each part of a key may have at most {MAX_PART_BYTES} bytes in a folder.")
    path = root.joinpath(*names)
    if os.path.realpath(path.parent) != str(path.parent):
        raise StorageDenied(f"The key {key} leads through a symbolic link: the store does not follow any.")
    return path


def name_part(name: str, *, first: bool) -> str | None:
    """The part of a key that a file or folder of this name stands for; None if no key leads there."""
    part = name
    if first and name.startswith((".", "%")):
        part = name[1:]
        if name.startswith(".") or not part.startswith((".", "%")):
            return None
    try:
        check_key(part)
    except StorageDenied:
        return None
    return part


def check_root(root: Path) -> None:
    """Refuses a root that is a file: all keys would seem missing.

    Raises:
        StorageDenied: then.
    """
    if root.exists() and not root.is_dir():
        raise StorageDenied(f"The object folder {root} is a file: remove it, or name another folder.")
