# ruff: noqa: PLC0415 - the classes of errors are needed only when something has gone wrong
"""How the command line ends: its exit codes, and one sentence for whatever went wrong.

0 good · 1 the job failed or was cancelled · 2 the input is wrong, nothing was started · 3 Temporal, storage or
database can't be reached · 4 no such job · 130 interrupted.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from types import FrameType
from typing import Any, NoReturn, TypeVar

import typer

from dalsegno.commands.output import Documents, print_json, program, say

GOOD, JOB_FAILED, WRONG_INPUT, UNREACHABLE, NO_SUCH_JOB, INTERRUPTED = 0, 1, 2, 3, 4, 130
TERMINATED = 128 + signal.SIGTERM

Result = TypeVar("Result")


class Interrupted(Exception):  # noqa: N818 - not an error: the user wanted it
    """Ctrl-C, with a sentence about what goes on and what doesn't."""


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Runs a command to its end, whatever that is.

    Args:
        app: the commands. One that returns a number ends with it.
        arguments: what stands behind the program's name; nothing asks for help.

    Returns:
        The exit code.
    """
    as_json = "--json" in arguments
    printed = Documents.printed
    try:
        code = app(args=list(arguments) or ["--help"], standalone_mode=False) or GOOD
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, say) has what it wants. What is still buffered must not fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return JOB_FAILED
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else JOB_FAILED
    except Exception as error:  # noqa: BLE001 - the last place where a sentence can be made of it
        return _report(error, as_json=as_json and Documents.printed == printed)
    if code == INTERRUPTED:
        return _report(Interrupted("Interrupted."), as_json=as_json and Documents.printed == printed)
    return int(code)


def leave(code: int) -> NoReturn:
    """Ends the process, by which time commands have cleaned up behind themselves."""
    if "temporalio" not in sys.modules:
        sys.exit(code)
    from dalsegno.runtime.leaving import leave_at_once

    leave_at_once(code)


def clean_up_on_sigterm() -> None:
    """Lets SIGTERM be an exception, so that what was begun is cleaned up on the way out."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    signal.signal(signal.SIGTERM, terminate)


def interruptible(work: Coroutine[Any, Any, Result], *, said: str = "Interrupted.") -> Result:
    """Runs the asynchronous part of a command.

    Args:
        work: what to run.
        said: what Ctrl-C is answered with: what goes on and what doesn't.

    Raises:
        Interrupted: Ctrl-C came.
    """
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise Interrupted(said) from None


def exit_code(error: Exception) -> int:
    """The exit code that an error stands for."""
    from dalsegno.errors import (
        DatabaseUnavailable,
        InvalidRequest,
        NoSuchJobError,
        SettingsError,
        StorageDenied,
        StorageUnavailable,
        UnreachableError,
    )

    match error:
        case Interrupted():
            return INTERRUPTED
        case typer.TyperException():
            return error.exit_code
        case InvalidRequest() | SettingsError():
            return WRONG_INPUT
        case UnreachableError() | StorageUnavailable() | StorageDenied() | DatabaseUnavailable():
            return UNREACHABLE
        case NoSuchJobError():
            return NO_SUCH_JOB
        case _:
            return JOB_FAILED


def sentence(error: Exception) -> str:
    """What is said of an error: its own sentence where it was made for users."""
    from dalsegno.errors import (
        DalSegnoError,
        InternalError,
        JobEndedError,
        NoSuchJobError,
        ProcessEndedError,
        SettingsError,
        UnreachableError,
    )

    if isinstance(error, typer.TyperException):
        return _usage(error)
    known = (
        DalSegnoError,
        SettingsError,
        UnreachableError,
        NoSuchJobError,
        JobEndedError,
        ProcessEndedError,
        Interrupted,
    )
    # A SettingsError may be an InternalError too, within a job; here a person can mend it.
    if isinstance(error, known) and (
        isinstance(error, SettingsError) or not isinstance(error, InternalError)
    ):
        return str(error)
    detail = " ".join(str(error).split())
    return f"This is a bug in Dal Segno: {type(error).__name__}{': ' + detail if detail else ''}"


def _usage(error: typer.TyperException) -> str:
    """What is wrong with options and arguments, and where the right ones are explained."""
    context, names = getattr(error, "ctx", None), ["--help"]
    while context and context.parent:
        names.insert(0, context.info_name)
        context = context.parent
    call = " ".join((program(), *names))
    message = error.format_message().rstrip(".")
    return f"{message}{'' if message.endswith('?') else '.'} See {call}."


def _report(error: Exception, *, as_json: bool) -> int:
    said = sentence(error)
    say(said)
    if as_json:
        print_json({"error": {"type": type(error).__name__, "message": said}})
    return exit_code(error)
