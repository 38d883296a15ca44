"""A disk that is full while a step works: no bug, and over when somebody has freed some space."""

import errno
import shutil
import tempfile

from dalsegno.errors import StorageUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}
# Libraries that write audio don't say why they couldn't. Where less than this is left, in bytes, it was the disk.
_NEXT_TO_NOTHING = 1 << 20


def full_disk(error: BaseException) -> StorageUnavailable | None:
    """What an error means that came from a full disk; None if it didn't.

    The disk is that of the folder for temporary files, as the worker has found it when it started: to look for one
    now would be to try to write there.
    """
    folder = tempfile.gettempdir()
    if _is_told(error) or _has_no_room(folder):
        return StorageUnavailable(
            f"The worker's disk for temporary files ({folder}) is full: free some space, or set TMPDIR."
        )
    return None


def _has_no_room(folder: str) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NEXT_TO_NOTHING
    except OSError:  # the folder is gone, say: that is not what it's asked about
        return False


def _is_told(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
