"""How programs with the same home find the embedded stack that runs there.

The program that runs the stack holds a lock on a file as long as it lives; the addresses stand in a file beside it.
A lock ends with its holder, whatever ended that, so what stands in the file is believed only while the lock is held.
"""

import fcntl
import os
from pathlib import Path

from dalsegno.models import Model


class StackState(Model):
    """Where a running embedded stack is reached."""

    temporal_address: str
    web_ui: str
    home: str


class StackLock:
    """The right to run the embedded stack of a home."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._state = home / "stack.json"
        self._handle = os.open(home / "stack.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self) -> bool:
        """Takes the lock, or tells that another program has it."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._state.unlink(missing_ok=True)  # of a stack that was killed
        return True

    def publish(self, state: StackState) -> None:
        """Lets others find the stack, now that it is ready."""
        draft = self._state.with_suffix(".draft")
        draft.write_text(state.model_dump_json())
        draft.replace(self._state)

    def release(self) -> None:
        """Gives the lock back; the stack can't be found any more."""
        self._state.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Forgets a lock that wasn't acquired."""
        os.close(self._handle)


def running_stack(home: Path) -> StackState | None:
    """The embedded stack that is up and ready in this home, if one is."""
    lock, state = home / "stack.lock", home / "stack.json"
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return StackState.model_validate_json(state.read_text())
        except FileNotFoundError:  # it is still starting
            return None
    finally:
        os.close(handle)
    return None
