"""Waiting for what happens elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Waits until the condition holds; fails if it doesn't within the time."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)
