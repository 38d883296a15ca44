"""A guarded child doesn't outlive whoever started it."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dalsegno.runtime.child import LARGEST_LOG, Child

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WILLING = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def written(log: Path) -> str:
    """What the child has written, as soon as it has."""
    async with asyncio.timeout(10):
        while not log.exists() or not log.read_text().endswith("\n"):
            await asyncio.sleep(0.02)
    return log.read_text()


async def start(code: str, log: Path, grace_seconds: float = 5) -> Child:
    """A guarded Python."""
    return await Child.start(
        "child",
        [sys.executable, "-c", code],
        log=log,
        grace_seconds=grace_seconds,
        environment=dict(os.environ),
    )


async def test_stopping_asks_it_to_end(tmp_path: Path) -> None:
    """SIGTERM, and the child's own code comes back."""
    child = await start(WILLING, tmp_path / "log")
    pid = int(await written(tmp_path / "log"))
    await child.stop()
    assert await child.wait() == 128 + signal.SIGTERM
    assert not alive(pid)


async def test_who_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    """After the grace period there is no asking."""
    child = await start(STUBBORN, tmp_path / "log", grace_seconds=0.2)
    await written(tmp_path / "log")
    await child.stop()
    assert await child.wait() == 128 + signal.SIGKILL


async def test_its_own_end_is_seen(tmp_path: Path) -> None:
    """A crash isn't hidden by the guard."""
    child = await start("raise SystemExit(7)", tmp_path / "log")
    assert await child.wait() == 7
    assert not child.running


async def test_it_holds_a_lock_until_it_has_ended(tmp_path: Path) -> None:
    """Whoever waits for the lock has waited for the child, also when its starter is gone."""

    def taken() -> bool:
        with (tmp_path / "lock").open("w") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = await Child.start(
            "child",
            [sys.executable, "-c", WILLING],
            log=tmp_path / "log",
            grace_seconds=5,
            environment=dict(os.environ),
            holding=[lock.fileno()],
        )
    assert taken()
    await child.stop()
    assert not taken()


async def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path) -> None:
    """One old log is kept, and a small one goes on."""
    log = tmp_path / "log"
    log.write_text("before\n")
    await (await start("print('after')", log)).wait()
    assert log.read_text() == "before\nafter\n"
    log.write_bytes(b"x" * (LARGEST_LOG + 1))
    await (await start("print('after')", log)).wait()
    assert log.read_text() == "after\n"
    assert (tmp_path / "log.old").stat().st_size == LARGEST_LOG + 1


@pytest.mark.parametrize("victim", ["starter", "guard"])
async def test_it_ends_when_starter_or_guard_is_killed(tmp_path: Path, victim: str) -> None:
    """Nobody gets to say goodbye after kill -9; the child goes all the same."""
    code = (
        "import asyncio, os, sys, pathlib\n"
        "from dalsegno.runtime.child import Child\n"
        "async def main():\n"
        f"    child = await Child.start('c', [sys.executable, '-c', {WILLING!r}],"
        f" log=pathlib.Path({str(tmp_path / 'log')!r}), grace_seconds=5, environment=dict(os.environ))\n"
        "    print(child.pid, flush=True)\n"
        "    await child.wait()\n"
        "asyncio.run(main())\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    guard = int(starter.stdout.readline())
    pid = int(await written(tmp_path / "log"))
    os.kill(starter.pid if victim == "starter" else guard, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    starter.kill()
    starter.wait()
    starter.stdout.close()
