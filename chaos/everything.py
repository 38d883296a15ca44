"""All of it at once: workers killed every three seconds, servers that die, a full disk; customers go on ordering."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from chaos.audit import Audit, audit
from chaos.crew import MAY_END_WITH, Crew
from chaos.ending import drain
from chaos.faults import FAULTS
from chaos.progress import say
from chaos.testbed import DURATION, LedgerKind, OrderedJob, Testbed, set_up
from dalsegno.errors import JobEndedError, StorageUnavailable, UnreachableError
from dalsegno.models import MusicRequest, Scene

WORKERS = 3
KILL_EVERY_SECONDS = 3.0
# Each fault has pauses of its own between one time and the next, so that they meet at random.
PAUSE = (20.0, 120.0)
# Customers who have one job made after the other.
CUSTOMERS = 8
CONCURRENCY = 8
TASK_SECONDS = 2.0
SUBMIT_SECONDS = 0.1
# One job in so many is made by the built-in composer, with scenes that travel through the object store.
UNPAID_EVERY = 5
SCENES = [
    Scene(start=0.0, end=2.5, mood="calm", energy=20.0),
    Scene(start=2.5, end=DURATION, mood="happy", energy=80.0),
]
_AGAIN_SECONDS = 1.0
_TOLD_EVERY_SECONDS = 30.0
_DRAINED_SECONDS = 1_200.0


async def everything(ledger: LedgerKind, seed: int, minutes: float = 10.0) -> Audit:
    """Does all of it for so long, then lets all jobs come to their end."""
    async with set_up(
        ledger,
        task_seconds=TASK_SECONDS,
        concurrency=CONCURRENCY,
        submit_seconds=SUBMIT_SECONDS,
        bucket=True,
        small_disk=True,
    ) as bed:
        crew, enough, met = Crew(bed, _random(seed, "kills")), asyncio.Event(), Counter[str]()
        await crew.begin(WORKERS)
        async with asyncio.TaskGroup() as group:
            group.create_task(_kill(crew, enough))
            for name in FAULTS:
                group.create_task(_again_and_again(name, bed, crew, _random(seed, name), enough, met))
            for number in range(CUSTOMERS):
                group.create_task(_order(bed, number, enough))
            group.create_task(_tell(bed, enough))
            await asyncio.sleep(60 * minutes)
            enough.set()
            say("Enough; all jobs shall come to their end")
        keeping = asyncio.create_task(_keep(crew))
        await drain(bed, _DRAINED_SECONDS)
        keeping.cancel()
        found = await audit(bed)
        found.demand(crew.ended.keys() <= MAY_END_WITH, f"workers ended by themselves: {dict(crew.ended)}")
        found.figures |= {
            "minutes": minutes,
            "workers": WORKERS,
            "seconds between kills": KILL_EVERY_SECONDS,
            "customers": CUSTOMERS,
            "workers that found no server or no room": crew.ended.total(),
            **dict(met),
        }
        return found


def _random(seed: int, what: str) -> Random:
    return Random(f"{seed} {what}")  # noqa: S311  # the same again by its seed


async def _kill(crew: Crew, enough: asyncio.Event) -> None:
    while not await _comes(enough, KILL_EVERY_SECONDS):
        await crew.lose()


async def _keep(crew: Crew) -> None:
    """Starts workers again that end by themselves."""
    while True:
        await asyncio.sleep(KILL_EVERY_SECONDS)
        await asyncio.shield(crew.replace_ended())


async def _again_and_again(
    name: str, bed: Testbed, crew: Crew, random: Random, enough: asyncio.Event, met: Counter[str]
) -> None:
    while not await _comes(enough, random.uniform(*PAUSE)):
        met[name] += 1
        say(name)
        await FAULTS[name](bed, crew, random)
        say(f"{name}: over")


async def _order(bed: Testbed, customer: int, enough: asyncio.Event) -> None:
    """Orders a job, waits for its end, and orders the next."""
    number = 0
    while not enough.is_set():
        number += 1
        job = OrderedJob(f"all-{customer}-{number:03}", paid=(number + customer) % UNPAID_EVERY > 0)
        await _insist(lambda job=job: bed.order(job, _request(job, customer)))  # type: ignore[misc]
        await _insist(lambda job=job: _end(bed, job.job_id))  # type: ignore[misc]


def _request(job: OrderedJob, customer: int) -> MusicRequest:
    wanted = MusicRequest(
        customer_id=f"customer-{customer}", duration=DURATION, prompt=job.job_id, job_id=job.job_id
    )
    return wanted if job.paid else wanted.model_copy(update={"provider": "builtin", "scenes": SCENES})


async def _end(bed: Testbed, job_id: str) -> None:
    """Waits until a job has ended, however."""
    with suppress(JobEndedError):
        await bed.handle(job_id).result()


async def _insist(ask: Callable[[], Awaitable[object]]) -> None:
    """Asks until there is an answer, as a program does whose servers are away now and then."""
    while True:
        try:
            await ask()
        except (UnreachableError, StorageUnavailable):
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return


async def _tell(bed: Testbed, enough: asyncio.Event) -> None:
    while not await _comes(enough, _TOLD_EVERY_SECONDS):
        say(f"{len(bed.jobs)} jobs ordered, {len(bed.fleet.killed_at)} workers killed")


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    """Waits so long for an event; whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
