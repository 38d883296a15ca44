"""The one table of what the operating system's errors mean to an object store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dalsegno.errors import StorageDenied, StorageUnavailable

# What is not named here may pass by itself (an I/O error, too many open files): StorageUnavailable.
_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {
    errno.EACCES: "this user has no right to it",
    errno.EPERM: "the file system does not allow it",
    errno.EROFS: "the file system is read-only",
    errno.EOPNOTSUPP: "the file system has no hard links",
    errno.EXDEV: "it spreads over more than one file system",
    errno.ENOTDIR: "a file is where a folder should be",
    errno.EEXIST: "a file is where a folder should be",
    errno.EISDIR: "a folder is where a file should be",
    errno.ELOOP: "a symbolic link is where a file should be",
    errno.ENAMETOOLONG: "a name is too long for the file system",
    errno.EFBIG: "the file is larger than may be written there",
}


def storage_error(error: OSError, folder: Path) -> StorageDenied | StorageUnavailable:
    """The error's meaning to users: temporary where waiting or a person's help can mend it meanwhile."""
    if error.errno in _FULL:
        return StorageUnavailable(f"The disk that holds {folder} is full: free some space on it.")
    if error.errno in _DENIED:
        return StorageDenied(f"The folder {folder} can't be used: {_DENIED[error.errno]}.")
    return StorageUnavailable(
        f"The folder {folder} does not answer: {error.strerror or type(error).__name__}."
    )


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns the operating system's errors about `folder` into `StorageDenied` and `StorageUnavailable`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, folder) from error
