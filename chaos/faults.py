"""What goes wrong beside the kills: servers that die or go away, a worker that freezes, a disk that is full."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from chaos.crew import Crew
from chaos.testbed import Testbed
from dalsegno.runtime.server import EmbeddedServer

Fault = Callable[[Testbed, Crew, Random], Awaitable[None]]

# For how long, in seconds.
AWAY = (3.0, 20.0)
# Longer than any heartbeat time-out.
FROZEN = (13.0, 30.0)


async def temporal_killed(bed: Testbed, crew: Crew, random: Random) -> None:  # noqa: ARG001
    """The Temporal server is killed -9, and starts again from its file a little later."""
    guard = bed.server.child
    os.kill(_guarded(guard.pid), signal.SIGKILL)
    await guard.wait()
    await asyncio.sleep(random.uniform(*AWAY) / 4)
    bed.server = await EmbeddedServer.start(bed.server.child.log.parent, ports=bed.server.ports)


def _guarded(guard: int) -> int:
    """The one child of a guard, which ends with it."""
    [child] = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
    return int(child)


async def database_away(bed: Testbed, crew: Crew, random: Random) -> None:  # noqa: ARG001
    """PostgreSQL crashes, and is back later."""
    assert bed.postgresql
    began = time.time()
    await asyncio.to_thread(bed.postgresql.stop, by=signal.SIGQUIT)
    try:
        await asyncio.sleep(random.uniform(*AWAY))
    finally:
        await asyncio.to_thread(bed.postgresql.start)
        bed.deaf.append((began, time.time()))


async def store_away(bed: Testbed, crew: Crew, random: Random) -> None:  # noqa: ARG001
    """The object store dies, and is back later."""
    assert bed.seaweedfs
    await asyncio.to_thread(bed.seaweedfs.stop)
    try:
        await asyncio.sleep(random.uniform(*AWAY))
    finally:
        await asyncio.to_thread(bed.seaweedfs.start)


async def worker_frozen(bed: Testbed, crew: Crew, random: Random) -> None:  # noqa: ARG001
    """A worker stands still past its heartbeats, and goes on as if nothing had been."""
    await crew.freeze(random.uniform(*FROZEN))


async def disk_full(bed: Testbed, crew: Crew, random: Random) -> None:  # noqa: ARG001
    """Nobody can write a temporary file for a while."""
    assert bed.disk
    with bed.disk.full():
        await asyncio.sleep(random.uniform(*AWAY))


FAULTS: dict[str, Fault] = {
    "Temporal server killed": temporal_killed,
    "database away": database_away,
    "object store away": store_away,
    "worker frozen": worker_frozen,
    "disk full": disk_full,
}
