"""Blocking work in a thread that a cancelled task does not leave running behind its back."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

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
        await _end_of(thread)
        if not thread.cancelled():
            thread.exception()  # taken note of: nobody else will ask for it
        raise


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Does the work to its end, however often the task is cancelled meanwhile; then the task is cancelled."""
    task = asyncio.ensure_future(work)
    was_cancelled = await _end_of(task)
    task.result()
    if was_cancelled:
        raise asyncio.CancelledError


async def _end_of(future: "asyncio.Future[Any]") -> bool:
    """Waits until it is done; returns whether the waiting task was cancelled meanwhile."""
    was_cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            was_cancelled = True
    return was_cancelled
