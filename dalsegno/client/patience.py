"""How long calls may go unanswered before that counts as an error."""

import time
from collections.abc import Callable


class Patience:
    """Counts from the first of the calls in a row that went unanswered.

    Args:
        seconds: for how long.
        clock: seconds that never go back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._silent_since: float | None = None

    def answered(self) -> None:
        """An answer came: the next silence counts anew."""
        self._silent_since = None

    def is_over(self) -> bool:
        """Called after each call without an answer: whether the silence has lasted too long."""
        now = self._clock()
        if self._silent_since is None:
            self._silent_since = now
        return now - self._silent_since >= self._seconds
