"""Work that a cancel doesn't stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Does the work to its end, whatever is asked for meanwhile; returns or raises what it does."""
    working = asyncio.ensure_future(work)
    while not working.done():
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            continue
    return working.result()
