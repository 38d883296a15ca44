"""How programs with one home find the stack that runs there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from dalsegno.runtime.stack_state import StackLock, StackState, running_stack
from tests.support.programs import wait_until

STATE = StackState(temporal_address="127.0.0.1:1", web_ui="http://127.0.0.1:2", home="h")


def test_a_published_stack_is_found_until_it_is_released(tmp_path: Path) -> None:
    """Before it is ready and after it has ended there is none."""
    assert running_stack(tmp_path) is None
    lock = StackLock(tmp_path)
    assert lock.acquire()
    assert running_stack(tmp_path) is None
    lock.publish(STATE)
    assert running_stack(tmp_path) == STATE
    lock.release()
    assert running_stack(tmp_path) is None


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    """The second is told so."""
    first, second = StackLock(tmp_path), StackLock(tmp_path)
    assert first.acquire()
    assert not second.acquire()
    second.close()
    first.release()


def test_a_killed_stack_is_not_believed(tmp_path: Path) -> None:
    """What it left in its file counts for nothing at once; its home can be taken when its last part has ended."""
    code = (
        "import os, subprocess, sys, pathlib\n"
        "from dalsegno.runtime.stack_state import StackLock, StackState\n"
        "lock = StackLock(pathlib.Path(sys.argv[1])); assert lock.acquire()\n"
        f"lock.publish(StackState.model_validate_json({STATE.model_dump_json()!r}))\n"
        "subprocess.Popen(['sleep', '60'], pass_fds=[lock.fileno()])\n"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.Popen([sys.executable, "-c", code, tmp_path], start_new_session=True)
    assert killed.wait() == -signal.SIGKILL
    assert (tmp_path / "stack.json").exists()
    assert running_stack(tmp_path) is None
    lock = StackLock(tmp_path)
    assert not lock.acquire()
    os.killpg(killed.pid, signal.SIGKILL)
    wait_until(lock.acquire)
    assert not (tmp_path / "stack.json").exists()
    lock.release()
