"""Blocking work in a thread that a cancelled task does not leave running behind its back."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class StoppedError(Exception):
    """The work was told to stop."""


class Stop:
    """Tells the work in the thread that nobody wants its result any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Asks the work to stop at its next check."""
        self._event.set()

    def check(self) -> None:
        """Called by the work between its pieces.

        Raises:
            StoppedError: if the work should stop.
        """
        if self._event.is_set():
            raise StoppedError


async def in_thread(work: Callable[[Stop], Result]) -> Result:
    """Runs the work in a thread. On cancellation the work is stopped and awaited, then the task is cancelled.

    `asyncio.to_thread` alone would let the thread go on: it would write to files that are being cleaned up.
    """
    stop = Stop()
    thread = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        stop.set()
        while not thread.done():
            try:
                await asyncio.wait([thread])
            except asyncio.CancelledError:
                continue  # told already; the cancellation is passed on below
        if not thread.cancelled():
            thread.exception()  # taken note of: nobody else will ask for it
        raise
