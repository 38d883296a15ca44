"""Workers that are killed at random times, over a stream of jobs."""

import asyncio
from asyncio.subprocess import Process
from random import Random

from chaos.audit import Audit, audit
from chaos.ending import drain
from chaos.progress import say
from chaos.testbed import LedgerKind, Testbed, set_up
from dalsegno.models import CPU_TASK_QUEUE, SUBMIT_TASK_QUEUE, TASK_QUEUE

KILLS = 200
# Between one kill and the next, in seconds.
PAUSE = (0.5, 3.5)
# Between one job and the next, in seconds: also while others wait for the one who fits.
JOB_EVERY_SECONDS = 4.0
CONCURRENCY = 8
TASK_SECONDS = 2.0
# A submission takes a while, so that some kills fall into it.
SUBMIT_SECONDS = 0.2

# Two workers pay, wait, download and publish; the third one fits. It begins anew by loading what fitting needs, which
# takes several seconds: were it killed as often as the others, it would never do anything else.
PAYING = (TASK_QUEUE, SUBMIT_TASK_QUEUE)
FITTING = (CPU_TASK_QUEUE,)
CREW = (PAYING, PAYING, FITTING)
FITTING_IS_KILLED = 0.1


async def kills(ledger: LedgerKind, seed: int, times: int = KILLS) -> Audit:
    """Kills so many workers, each of which is replaced at once, and lets all jobs come to their end."""
    random = Random(f"{seed} {ledger}")  # noqa: S311  # the same again by its seed
    async with set_up(
        ledger, task_seconds=TASK_SECONDS, concurrency=CONCURRENCY, submit_seconds=SUBMIT_SECONDS
    ) as bed:
        crew = [await bed.fleet.start(*queues) for queues in CREW]
        async with asyncio.TaskGroup() as group:
            enough = asyncio.Event()
            group.create_task(_stream(bed, enough))
            for number in range(1, times + 1):
                await asyncio.sleep(random.uniform(*PAUSE))
                await _replace(bed, crew, _whom(random))
                if number % 10 == 0:
                    say(f"{number} of {times} workers killed, {len(bed.jobs)} jobs begun")
            enough.set()
        await drain(bed)
        return await audit(bed)


def _whom(random: Random) -> int:
    """Which of the crew is killed."""
    last = len(CREW) - 1
    return last if random.random() < FITTING_IS_KILLED else random.randrange(last)


async def _replace(bed: Testbed, crew: list[Process], who: int) -> None:
    await bed.fleet.kill(crew[who])
    crew[who] = await bed.fleet.start(*CREW[who])


async def _stream(bed: Testbed, enough: asyncio.Event) -> None:
    """Begins a job now and then. It isn't cancelled: a job would be begun that nobody has noted."""
    while not enough.is_set():
        await bed.start(f"kills-{len(bed.jobs):03}")
        await asyncio.sleep(JOB_EVERY_SECONDS)
