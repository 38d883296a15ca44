"""Heavy work in a process of its own: it can be cancelled at once, and its crash is not the worker's.

The processes are forked from one small server that has loaded already what they need, so that each starts in
milliseconds. None outlives its worker, however that one ends: each holds one end of a pipe to it and ends with it.
"""

import asyncio
import multiprocessing
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.work.process import work
from dalsegno.errors import InternalError
from dalsegno.ports import Report

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

# Loaded once, by the server, when the first heavy step runs; workers themselves start without the heavy ones.
# Temporal's SDK is not among them: it takes as long to load as half of the others.
_PRELOAD = [
    "activities.work.analysis",
    "activities.work.making",
    "activities.work.process",
    "dalsegno.composer",
    "dalsegno.composer.cues",
    "dalsegno.composer.midi",
    "dalsegno.deliverables.finish",
    "dalsegno.fitting",
    "dalsegno.providers.builtin",
    "dalsegno.reference.analysis",
    "dalsegno.reference.song",
    "dalsegno.scenes",
]

# How soon a cancelled step's process is killed, at the latest.
_CANCEL_CHECK_SECONDS = 0.1

# The longest that a process may take, in seconds: many times what the longest piece and a day of speech need. It is
# less than the time that heavy activities have for one attempt, so that the worker ends it and says why, before
# Temporal gives the attempt up and begins another that would take as long.
LONGEST_SECONDS = 25 * 60.0

# Whoever sends these means the machine or the worker, not the work: its next attempt may well succeed. Work that
# was killed each time (for its memory, say) is given up after so many attempts.
_KILLED = {-signal.SIGKILL, -signal.SIGTERM}
_ATTEMPTS = 3

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_PRELOAD)


def load_no_program() -> None:
    """Has the processes not load the file of this program, whose imports would be most of what they do.

    By default each of them runs it anew, as `__mp_main__`, for functions that are defined there.
    """
    program = sys.modules["__main__"]
    program.__file__, program.__spec__ = None, None


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
        InternalError: the process crashed, took more memory or time than it may, or raised anything else.
        ApplicationError: of type ProcessKilled, in the first attempts of an activity: the process could not be
            started, or was killed from outside. In the last attempt, and elsewhere, that is an InternalError.
    """
    ours, theirs = _context.Pipe(duplex=True)
    process = _context.Process(
        target=work, args=(theirs, tempfile.gettempdir(), function, args, kwargs), daemon=True
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
    if outcome == "endless":
        raise InternalError(f"The work did not end within {LONGEST_SECONDS / 60:g} minutes.")
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
    process: BaseProcess,
    ours: Connection,
    theirs: Connection,
    report: Report,
    cancelled: threading.Event,
) -> tuple[str, Any]:
    with ours:
        try:
            with theirs:  # closed here, so that the pipe ends with the process
                process.start()
        except (OSError, EOFError) as error:
            return "not started", _why_not_started(error)
        deadline = time.monotonic() + LONGEST_SECONDS
        try:
            while not cancelled.is_set():
                if time.monotonic() > deadline:
                    return "endless", None
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
