"""What lies in one folder of a store, as keys."""

import os
from pathlib import Path

from dalsegno.errors import StorageDenied
from dalsegno.storage.folder_names import check_root, key_path, name_part


def keys_and_folders(root: Path, folder: str, prefix: str) -> list[str]:
    """The keys in a folder, and its folders ending in a slash, as far as the prefix leads there; in order.

    The order is that of all the keys' UTF-8 bytes: a folder's slash counts, so `a-b` goes before `a/b`.

    Args:
        root: of the store, resolved.
        folder: empty, or the beginning of keys up to a slash.
        prefix: of the keys looked for.

    Raises:
        OSError: if the folder can't be read.
        StorageDenied: if the root is a file.
    """
    try:
        path = key_path(root, f"{folder}-").parent  # any name does
    except StorageDenied:
        return []  # no key begins so
    found = []
    for entry in _entries(path, root):
        part = name_part(entry.name, first=not folder)
        if part is None:
            continue
        if entry.is_dir(follow_symlinks=False):
            name = f"{folder}{part}/"
            leads_there = name.startswith(prefix) or prefix.startswith(name)
        else:
            name = f"{folder}{part}"
            leads_there = name.startswith(prefix) and entry.is_file(follow_symlinks=False)
        if leads_there:
            found.append(name)
    return sorted(found, key=str.encode)


def _entries(path: Path, root: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(path) as entries:
            return [*entries]
    except (FileNotFoundError, NotADirectoryError):
        check_root(root)
        return []
