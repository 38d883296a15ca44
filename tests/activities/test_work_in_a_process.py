"""Heavy work in a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from activities.processes import run_in_process
from dalsegno.errors import InternalError, SourceThrottled
from tests.support.jobs import die, double, raise_bug, raise_throttled, sleep_for_ever
from tests.support.programs import ROOT, wait_until


def ignore(fraction: float, message: str) -> None:
    """Nobody listens."""


def gone(pid: int) -> bool:
    """Whether a process has ended (one that waits to be reaped has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_it_returns_and_reports() -> None:
    """Result and progress come back."""
    told: list[tuple[float, str]] = []
    result = await run_in_process(double, lambda fraction, message: told.append((fraction, message)), 21)
    assert result == 42
    assert told == [(0.5, "halfway")]


async def test_domain_errors_come_back_as_they_are() -> None:
    """Who raises decides, in a child too."""
    with pytest.raises(SourceThrottled, match="Come back later"):
        await run_in_process(raise_throttled, ignore)


async def test_a_bug_is_an_internal_error_without_its_text() -> None:
    """Class and place, no more."""
    with pytest.raises(InternalError, match=r"KeyError at jobs\.py:\d+") as caught:
        await run_in_process(raise_bug, ignore)
    assert "secret" not in str(caught.value)


async def test_a_crash_is_not_the_workers() -> None:
    """The signal that ended the process is named."""
    with pytest.raises(InternalError, match=r"exit code -11"):
        await run_in_process(die, ignore)


async def test_cancelling_kills_the_process(tmp_path: Path) -> None:
    """It is gone when the cancelled call returns."""
    pid_file = tmp_path / "pid"
    working = asyncio.create_task(run_in_process(sleep_for_ever, ignore, pid_file))
    while not (pid_file.exists() and pid_file.read_text()):
        await asyncio.sleep(0.02)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert gone(int(pid_file.read_text()))


def test_it_does_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    """After kill -9 of whoever started it the process ends by itself."""
    pid_file = tmp_path / "pid"
    code = (
        "import asyncio, sys, pathlib\n"
        "from activities.processes import run_in_process\n"
        "from tests.support.jobs import sleep_for_ever\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(run_in_process(sleep_for_ever, print, pathlib.Path(sys.argv[1])))\n"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    worker = subprocess.Popen(
        [sys.executable, program, pid_file], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    wait_until(lambda: gone(int(pid_file.read_text())))
