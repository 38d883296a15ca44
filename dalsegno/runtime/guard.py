"""Runs a command that must not outlive the program that started it.

    python guard.py GRACE_SECONDS COMMAND [ARG …]

The command is asked to end (SIGTERM) when the guard's standard input closes, which it does when the program that
holds the other end closes it or dies, however it dies. After the grace period the command is killed. Where the
kernel offers it (Linux), the command is also killed when the guard itself is. The guard exits as the command does.
It runs as a script, alone: it imports nothing of the package, so that it starts in milliseconds.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def _die_with_guard() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Runs the command to its end and returns its exit code."""
    grace, command = float(sys.argv[1]), sys.argv[2:]
    # Whoever holds our standard input decides when to end, not who sends signals.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_prepare,  # noqa: PLW1509  (the guard has a single thread here)
    )

    def end_when_abandoned() -> None:
        while os.read(0, 4096):
            pass
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=end_when_abandoned, daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


def _prepare() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _die_with_guard()


if __name__ == "__main__":
    sys.exit(main())
