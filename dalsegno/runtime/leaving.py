"""How a process ends that has talked to Temporal."""

import atexit
import os
import sys
from typing import NoReturn


def leave_at_once(code: int) -> NoReturn:
    """Runs the exit handlers and ends the process without taking the interpreter down.

    Threads of Temporal's runtime may still call into an interpreter that is being taken down, which aborts the
    process (exit code 134) every few times. All that has to be cleaned up has been when this is called.
    """
    atexit._run_exitfuncs()  # noqa: SLF001  (there is no other way to have them run)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
