"""Workers that are killed again and again, and replaced as a service manager does."""

import asyncio
import time
from asyncio.subprocess import Process
from collections import Counter
from random import Random

from chaos.testbed import Testbed

# What a worker may end with by itself: a setting (a full disk, a database that another one has) or a server that is
# not there. Its service manager starts it again.
MAY_END_WITH = {2, 3}


class Crew:
    """So many workers for all queues.

    Attributes:
        ended: how often they ended by themselves, by exit code.
    """

    def __init__(self, bed: Testbed, random: Random) -> None:
        self._bed = bed
        self._random = random
        self._workers: list[Process] = []
        self._frozen: set[int] = set()
        self.ended: Counter[int] = Counter()

    async def begin(self, count: int) -> None:
        """Starts them."""
        self._workers = [await self._bed.fleet.start() for _ in range(count)]

    async def lose(self) -> None:
        """Kills one that isn't frozen, and replaces it; so it does with those that have ended by themselves."""
        await self.replace_ended()
        awake = [number for number in range(len(self._workers)) if number not in self._frozen]
        if awake:
            who = self._random.choice(awake)
            await self._bed.fleet.kill(self._workers[who])
            self._workers[who] = await self._bed.fleet.start()

    async def freeze(self, seconds: float) -> None:
        """Freezes one, and wakes it up later."""
        who = self._random.randrange(len(self._workers))
        worker = self._workers[who]
        if worker.returncode is not None:
            return
        self._frozen.add(who)
        began = time.time()
        self._bed.fleet.freeze(worker)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._bed.fleet.wake(worker)
            self._frozen.discard(who)
            self._bed.deaf.append((began, time.time()))

    async def replace_ended(self) -> None:
        """Starts those anew that have ended by themselves."""
        for who, worker in enumerate(self._workers):
            if worker.returncode is not None:
                self.ended[worker.returncode] += 1
                self._bed.fleet.running.remove(worker)
                self._workers[who] = await self._bed.fleet.start()
