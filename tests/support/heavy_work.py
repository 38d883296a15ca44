"""Functions that run in processes of their own."""

import errno
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

from dalsegno.errors import SourceThrottled
from dalsegno.ports import Report


def double(report: Report, number: int) -> int:
    """Reports and returns."""
    report(0.5, "halfway")
    return 2 * number


def raise_throttled(report: Report) -> None:
    """Raises an error of the domain."""
    raise SourceThrottled("Come back later.")


def raise_bug(report: Report) -> None:
    """Raises what nobody expects."""
    raise KeyError("secret")


def die(report: Report, number: signal.Signals = signal.SIGSEGV) -> None:
    """Ends the process by a signal, as a crash of a library does."""
    os.kill(os.getpid(), number)


def has_loaded(report: Report, module: str) -> bool:
    """Whether its process has a module that it didn't ask for."""
    return module in sys.modules


def sleep_for_ever(report: Report, pid_file: Path) -> None:
    """Notes its process id and never returns."""
    pid_file.write_text(str(os.getpid()))
    while True:
        time.sleep(1)


def fill_disk(_report: Report) -> None:
    """Writes onto a disk that is full, by way of a library that says it in its own words."""
    raise RuntimeError("The file could not be written.") from OSError(errno.ENOSPC, "No space left on device")


def fill_disk_unsaid(_report: Report) -> None:
    """Leaves no room for a single byte, and fails by way of a library that doesn't say why."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    shutil.disk_usage = lambda path: shutil._ntuple_diskusage(1 << 20, 1 << 20, 0)  # noqa: ARG005  # its name there
    raise RuntimeError("The file could not be written.")
