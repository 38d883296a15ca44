"""Doing the same for many jobs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

# So many at once are quick, and no burden to a server.
AT_ONCE = 20


async def for_each(
    items: Sequence[Item],
    work: Callable[[Item], Awaitable[Outcome]],
    done: Callable[[int], None] = lambda _count: None,
) -> list[Outcome]:
    """What `work` comes to for each item, in their order, `AT_ONCE` of them at a time.

    Args:
        items: what is worked on.
        work: an error that it raises ends the whole.
        done: told after each how many there are by then.
    """
    free = asyncio.Semaphore(AT_ONCE)
    count = 0

    async def one(item: Item) -> Outcome:
        nonlocal count
        async with free:
            outcome = await work(item)
        count += 1
        done(count)
        return outcome

    return await asyncio.gather(*map(one, items))
