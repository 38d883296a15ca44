"""What runs in a process of heavy work: the work itself, and a thread that ends it with its worker."""

import os
import resource
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from activities.work.bugs import describe_bug
from activities.work.full_disk import full_disk
from dalsegno.errors import DalSegnoError, InternalError

# Several times what the longest piece and a day of speech take. Work that wants more is no music, and the machine's
# other jobs shall not pay for it.
LARGEST_MEMORY = 2 << 30


def work(
    theirs: Connection,
    temporary: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Does the work and tells of it: its progress, then what it returned or raised.

    Args:
        theirs: the end of the pipe to the worker.
        temporary: the worker's folder for temporary files.
        function: the work; it gets its report and the arguments.
        args: by position.
        kwargs: by name.
    """
    # The worker's own folder for temporary files. Looked for here, it would be another one when that disk is full.
    tempfile.tempdir = temporary
    # Ctrl-C in a terminal and a service manager's SIGTERM reach the whole group: it is the worker who decides what
    # they mean.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_worker, args=(theirs,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))

    def report(fraction: float, message: str) -> None:
        theirs.send(("progress", (fraction, message)))

    try:
        theirs.send(("returned", function(report, *args, **kwargs)))
    except DalSegnoError as error:
        theirs.send(("raised", error))
    except MemoryError:
        theirs.send(
            (
                "raised",
                InternalError(f"The work takes more memory than the {LARGEST_MEMORY >> 30} GiB it may have."),
            )
        )
    except Exception as error:  # noqa: BLE001  (whatever it is, the worker has to hear of it)
        if full := full_disk(error):
            theirs.send(("raised", full))
            return
        theirs.send(("bug", (describe_bug(error), traceback.format_exc())))


def _end_with_worker(theirs: Connection) -> None:
    try:
        theirs.recv()  # nothing is ever sent: this returns when the worker's end closes
    except (EOFError, OSError):
        os._exit(1)
