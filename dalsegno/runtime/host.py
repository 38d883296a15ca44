"""Runs workers until they are told to end; `worker.py` does so, and so can any other program."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from dalsegno import __version__

# A worker that is told to end hands its steps over well before whoever told it loses patience.
GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class QueueWork:
    """What is done for one task queue.

    Attributes:
        concurrency: how many of its activities run at once in this process.
    """

    task_queue: str
    activities: Sequence[Callable[..., Any]]
    workflows: Sequence[type] = ()
    concurrency: int = 100


async def serve(
    client: Client, work: Sequence[QueueWork], interceptors: Sequence[Interceptor], ending: asyncio.Event
) -> None:
    """Works until `ending` is set, then hands over what is in progress and returns within `GRACE`."""
    workers = [_worker(client, each, interceptors) for each in work]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    told_to_end = asyncio.create_task(ending.wait())
    try:
        await asyncio.wait({*running, told_to_end}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told_to_end.cancel()
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(*running)


def _worker(client: Client, work: QueueWork, interceptors: Sequence[Interceptor]) -> Worker:
    return Worker(
        client,
        task_queue=work.task_queue,
        # By default the SDK reads the code of every module that is loaded and makes a hash of it: that takes longer
        # than all else at a worker's start.
        build_id=f"dalsegno-{__version__}",
        workflows=work.workflows,
        activities=work.activities,
        interceptors=interceptors,
        max_concurrent_activities=work.concurrency,
        # Steps hand over as soon as they hear of the end; what doesn't hear is cancelled in time.
        graceful_shutdown_timeout=GRACE - timedelta(seconds=2),
        # What a step tells is shown at once, and a dead worker is missed soon.
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        default_heartbeat_throttle_interval=timedelta(seconds=1),
        # A job whose worker died with its cache waits this long before another one takes it.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
