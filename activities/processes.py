"""Heavy work in a process of its own: it can be cancelled at once, and its crash is not the worker's.

The processes are forked from one small server that has loaded already what they need, so that each starts in
milliseconds. None outlives its worker, however that one ends: each holds one end of a pipe to it and ends with it.
"""

import asyncio
import multiprocessing
import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import describe_bug
from activities.full_disk import full_disk
from dalsegno.errors import DalSegnoError, InternalError
from dalsegno.ports import Report

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

# Loaded once, by the server, when the first heavy step runs; workers themselves start without the heavy ones.
_PRELOAD = [
    "activities.analyze_scenes",
    "activities.fit_music",
    "activities.generate_music",
    "activities.identify_song",
    "dalsegno.composer",
    "dalsegno.composer.cues",
    "dalsegno.composer.midi",
    "dalsegno.deliverables.finish",
    "dalsegno.fitting",
    "dalsegno.providers.builtin",
    "dalsegno.scenes",
]

# How soon a cancelled step's process is killed, at the latest.
_CANCEL_CHECK_SECONDS = 0.1

# Whoever sends these means the machine or the worker, not the work: its next attempt may well succeed. Work that
# was killed each time (for its memory, say) is given up after so many attempts.
_KILLED = {-signal.SIGKILL, -signal.SIGTERM}
_ATTEMPTS = 3

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOAD)


def preload(program: str) -> None:
    """Has the server load what this program consists of, too, before its first process starts.

    Args:
        program: the module of the program's file, which each process loads anew.
    """
    _context.set_forkserver_preload([*_PRELOAD, program])


def keep_sockets_in(folder: Path) -> None:
    """Puts the socket of the server of processes into a folder of the worker's.

    Else it lies in a folder of its own, which stays behind when the worker is killed.
    """
    # What `multiprocessing.util.get_temp_dir` looks at; there is no other way to tell it.
    multiprocessing.current_process()._config["tempdir"] = str(folder)  # type: ignore[attr-defined]  # noqa: SLF001


async def run_in_process(
    function: Callable[Concatenate[Report, P], T], report: Report, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Calls `function(report, …)` in a process of its own and returns what it returns.

    Function, arguments and result must pickle. Cancelling kills the process.

    Raises:
        DalSegnoError: the function raised it.
        InternalError: the process crashed, or raised anything else.
        ApplicationError: of type ProcessKilled, in the first attempts of an activity: the process could not be
            started, or was killed from outside. In the last attempt, and elsewhere, that is an InternalError.
    """
    ours, theirs = _context.Pipe(duplex=True)
    process = _context.Process(
        target=_work, args=(theirs, tempfile.gettempdir(), function, args, kwargs), daemon=True
    )
    # A thread of its own sees the process through from start to end, also when the task is cancelled meanwhile.
    cancelled = threading.Event()
    seeing_through = asyncio.ensure_future(
        asyncio.to_thread(_see_through, process, ours, theirs, report, cancelled)
    )
    try:
        outcome, content = await asyncio.shield(seeing_through)
    except asyncio.CancelledError:
        cancelled.set()
        await asyncio.wait({seeing_through})
        raise
    if outcome == "returned":
        return content  # type: ignore[no-any-return]  # pickled: the function's own type
    if outcome == "raised":
        raise content
    if outcome == "bug":
        sentence, details = content
        log.error("process_bug", function=function.__qualname__, details=details)
        raise InternalError(sentence)
    if outcome == "not started":
        raise bad_luck(f"No process could be started for the work: {content}.")
    sentence = f"The process that did the work ended unexpectedly (exit code {content})."
    raise bad_luck(sentence) if content in _KILLED else InternalError(sentence)


def bad_luck(sentence: str) -> ApplicationError | InternalError:
    """The error of an attempt that the machine has spoilt."""
    if activity.in_activity() and activity.info().attempt < _ATTEMPTS:
        return ApplicationError(sentence, type="ProcessKilled")
    return InternalError(sentence)


def _see_through(
    process: BaseProcess, ours: Connection, theirs: Connection, report: Report, cancelled: threading.Event
) -> tuple[str, Any]:
    with ours:
        try:
            with theirs:  # closed here, so that the pipe ends with the process
                process.start()
        except (OSError, EOFError) as error:
            return "not started", _why_not_started(error)
        try:
            while not cancelled.is_set():
                if not ours.poll(_CANCEL_CHECK_SECONDS):
                    continue
                kind, content = ours.recv()
                if kind != "progress":
                    return kind, content
                report(*content)
        except (EOFError, OSError):
            process.join()
            return "died", process.exitcode
        else:
            return "cancelled", None
        finally:
            process.kill()
            process.join()
            process.close()


def _why_not_started(error: OSError | EOFError) -> str:
    if isinstance(error, OSError) and error.errno is None:  # what the socket module says of a long path
        return (
            "the folder for temporary files has too long a path: set TMPDIR to one of at most 50 characters"
        )
    return getattr(error, "strerror", None) or "the server of processes has ended"


def _work(
    theirs: Connection,
    temporary: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    # The worker's own folder for temporary files. Looked for here, it would be another one when that disk is full.
    tempfile.tempdir = temporary
    # Ctrl-C in a terminal and a service manager's SIGTERM reach the whole group: it is the worker who decides what
    # they mean.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_worker, args=(theirs,), daemon=True).start()

    def report(fraction: float, message: str) -> None:
        theirs.send(("progress", (fraction, message)))

    try:
        theirs.send(("returned", function(report, *args, **kwargs)))
    except DalSegnoError as error:
        theirs.send(("raised", error))
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
