"""How programs with the same home find the embedded stack that runs there.

Two locks tell, and a lock ends with its holders, whatever ended them. The home's own is held by the program that runs
the stack and by the guards of the stack's parts: as long as one of them lives nobody else starts a stack here. The
file with the addresses is locked by the program alone: as long as it lives what stands there is true.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from dalsegno.models import Model

_STATE = "stack.json"


class StackState(Model):
    """Where a running embedded stack is reached."""

    temporal_address: str
    web_ui: str
    home: str


class StackLock:
    """The right to run the embedded stack of a home."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._state = home / _STATE
        self._published: IO[bytes] | None = None
        self._handle = os.open(home / "stack.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def fileno(self) -> int:
        """The descriptor that holds the lock, for processes that hold it too."""
        return self._handle

    def acquire(self) -> bool:
        """Takes the lock, or tells that others have it."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._state.unlink(missing_ok=True)  # of a stack that was killed
        return True

    def publish(self, state: StackState) -> None:
        """Lets others find the stack, now that it is ready."""
        draft = self._state.with_suffix(".draft")
        self._published = draft.open("wb")
        self._published.write(state.model_dump_json().encode())
        self._published.flush()
        fcntl.flock(self._published, fcntl.LOCK_EX)
        draft.replace(self._state)

    def release(self) -> None:
        """Gives the lock back; the stack can't be found any more."""
        self._state.unlink(missing_ok=True)
        if self._published:
            self._published.close()
        self.close()

    def close(self) -> None:
        """Forgets a lock that wasn't acquired."""
        os.close(self._handle)


def running_stack(home: Path) -> StackState | None:
    """The embedded stack that is up and ready in this home, if one is."""
    try:
        file = (home / _STATE).open("rb")
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return StackState.model_validate_json(file.read())
    return None  # whoever wrote it was killed
