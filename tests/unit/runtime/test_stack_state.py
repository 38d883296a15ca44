"""How programs with one home find the stack that runs there."""

import subprocess
import sys
from pathlib import Path

from dalsegno.runtime.stack_state import StackLock, StackState, running_stack

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
    """What it left in its file counts for nothing, and its home can be taken."""
    code = (
        "import os, sys, pathlib\n"
        "from dalsegno.runtime.stack_state import StackLock, StackState\n"
        "lock = StackLock(pathlib.Path(sys.argv[1])); assert lock.acquire()\n"
        f"lock.publish(StackState.model_validate_json({STATE.model_dump_json()!r})); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    assert done.returncode == -9
    assert (tmp_path / "stack.json").exists()
    assert running_stack(tmp_path) is None
    lock = StackLock(tmp_path)
    assert lock.acquire()
    assert not (tmp_path / "stack.json").exists()
    lock.release()
