"""Heavy work in a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.processes import run_in_process
from activities.scratch import Scratch
from dalsegno.errors import InternalError, SourceThrottled, StorageUnavailable
from tests.support.heavy_work import (
    die,
    double,
    fill_disk,
    fill_disk_unsaid,
    has_loaded,
    raise_bug,
    raise_throttled,
    sleep_for_ever,
)
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


async def test_a_process_finds_the_heavy_libraries_loaded() -> None:
    """The server has loaded them, once for all."""
    assert await run_in_process(has_loaded, ignore, "dalsegno.composer.midi")
    assert await run_in_process(has_loaded, ignore, "dalsegno.scenes.segmentation")


def test_a_process_loads_neither_the_program_nor_temporal(tmp_path: Path) -> None:
    """It would take as long as all else that it needs."""
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio, pathlib\n"
        "from activities.processes import load_no_program, run_in_process\n"
        "from tests.support.heavy_work import has_loaded\n"
        "with pathlib.Path('loaded').open('a') as file:\n"
        "    file.write(__name__)\n"
        "if __name__ == '__main__':\n"
        "    load_no_program()\n"
        "    assert asyncio.run(run_in_process(has_loaded, print, 'dalsegno.fitting'))\n"
        "    assert not asyncio.run(run_in_process(has_loaded, print, 'temporalio'))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, program], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "loaded").read_text() == "__main__"


async def test_domain_errors_come_back_as_they_are() -> None:
    """Who raises decides, in a child too."""
    with pytest.raises(SourceThrottled, match="Come back later"):
        await run_in_process(raise_throttled, ignore)


async def test_a_bug_is_an_internal_error_without_its_text() -> None:
    """Class and place, no more."""
    with pytest.raises(InternalError, match=r"KeyError at heavy_work\.py:\d+") as caught:
        await run_in_process(raise_bug, ignore)
    assert "secret" not in str(caught.value)


async def test_a_full_disk_is_no_bug() -> None:
    """It says whose disk, and is tried again."""
    with pytest.raises(StorageUnavailable, match="free some space"):
        await run_in_process(fill_disk, ignore)


async def test_a_full_disk_is_no_bug_where_nobody_says_so() -> None:
    """The disk that is looked at is the worker's: on a full one no other folder can be found, by writing to it."""
    with pytest.raises(StorageUnavailable) as caught:
        await run_in_process(fill_disk_unsaid, ignore)
    assert f"({tempfile.gettempdir()}) is full" in str(caught.value)


async def test_a_crash_is_not_the_workers() -> None:
    """The signal that ended the process is named."""
    with pytest.raises(InternalError, match=r"exit code -11"):
        await run_in_process(die, ignore)


async def test_a_killed_process_is_not_a_bug_at_once() -> None:
    """A machine short of memory kills the largest: the next attempts may succeed, but not for ever."""

    def attempt(number: int) -> ActivityEnvironment:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=number)
        return environment

    for number in (1, 2):
        with pytest.raises(ApplicationError, match="exit code -9") as caught:
            await attempt(number).run(run_in_process, die, ignore, signal.SIGKILL)
        assert caught.value.type == "ProcessKilled"
        assert not caught.value.non_retryable
    with pytest.raises(InternalError, match="exit code -9"):
        await attempt(3).run(run_in_process, die, ignore, signal.SIGKILL)
    with pytest.raises(InternalError, match="exit code -11"):
        await attempt(1).run(run_in_process, die, ignore)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_is_the_worker_who_is_told_to_end(number: signal.Signals) -> None:
    """A signal to the whole group leaves the work alone, until the worker hands it over."""
    await run_in_process(die, ignore, number)


def test_a_folder_for_temporary_files_with_a_long_path_is_named(tmp_path: Path) -> None:
    """Sockets have paths of at most about a hundred characters; nothing stays open after the failure."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    code = (
        "import asyncio, os\n"
        "from activities.processes import run_in_process\n"
        "from tests.support.heavy_work import double\n"
        "async def attempt():\n"
        "    try:\n"
        "        await run_in_process(double, print, 21)\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error)\n"
        "async def main():\n"
        "    await attempt()\n"
        "    before = os.listdir('/proc/self/fd')\n"
        "    await attempt()\n"
        "    print(os.listdir('/proc/self/fd') == before)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(long)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, nothing_open = done.stdout.splitlines()
    assert first == second
    assert first.startswith(
        "InternalError No process could be started for the work: the folder for temporary"
    )
    assert "TMPDIR" in first
    assert nothing_open == "True"


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
        "from tests.support.heavy_work import sleep_for_ever\n"
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


def test_a_killed_worker_s_socket_goes_with_its_folder() -> None:
    """The server of processes has one, and nobody is there to remove it but the next worker."""
    code = (
        "import asyncio, os, sys, pathlib\n"
        "from activities.processes import keep_sockets_in, run_in_process\n"
        "from activities.scratch import Scratch\n"
        "from tests.support.heavy_work import double\n"
        "with Scratch(pathlib.Path(sys.argv[1])) as scratch:\n"
        "    keep_sockets_in(scratch.own)\n"
        "    assert asyncio.run(run_in_process(double, print, 21)) == 42\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own have too long a path for sockets
        root = Path(folder) / "scratch"
        killed = subprocess.run(
            [sys.executable, "-c", code, root], cwd=ROOT, env=os.environ | {"TMPDIR": folder}, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert [path.name[:9] for path in root.glob("*/*")] == ["listener-"]
        with Scratch(root):
            assert len(list(root.iterdir())) == 1
        assert list(Path(folder).iterdir()) == [root]
