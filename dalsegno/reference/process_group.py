"""What a group of processes uses, as the system tells it."""

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Of /proc/PID/stat, counted from behind the name, which stands in brackets and may hold anything: proc(5).
_SESSION, _RESIDENT_PAGES = 3, 21


def memory_use(session: int) -> int:
    """The memory that all processes of a session occupy, in bytes; 0 where there is no /proc to tell it."""
    pages = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[_SESSION]) == session:
            pages += int(fields[_RESIDENT_PAGES])
    return pages * _PAGE_BYTES


def disk_use(folder: Path) -> int:
    """The length of all files in a folder and those within, in bytes."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:  # it is gone
            continue
    return total
