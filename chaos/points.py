"""Workers that are killed at each point of a paid job, so many times each."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from chaos.audit import Audit, audit
from chaos.ending import drain
from chaos.progress import say
from chaos.testbed import LedgerKind, Testbed, job_of, set_up
from dalsegno.models import SUBMIT_TASK_QUEUE, TASK_QUEUE
from tests.support.eventually import eventually
from tests.support.in_progress import doing, jobs_in
from tests.support.mureka_simulator_book import Fault

TIMES = 10
TASK_SECONDS = 2.0
# A point that passes in milliseconds may be missed: it is tried again, so often at most.
TRIES = 5
# Fitting takes a few seconds, most of them for loading what it needs.
FITTING_SECONDS = 4.0
_PATIENCE_SECONDS = 120.0

# All but fitting: so the jobs wait there, instead of being in the way of the points before it.
PAYING = (TASK_QUEUE, SUBMIT_TASK_QUEUE)


@dataclass(frozen=True)
class Point:
    """Where a worker is killed.

    Attributes:
        reach: waits until a job is there.
        within: the activity that the killed worker must not have ended; None: it doesn't matter.
        paid: the payment is in the ledger there, so that the kill may cost nothing.
    """

    name: str
    reach: Callable[[Testbed, str], Awaitable[None]]
    within: str | None
    paid: bool = False


async def points(ledger: LedgerKind, seed: int, times: int = TIMES) -> Audit:
    """Kills a worker so many times at each point, and lets all jobs come to their end."""
    random = Random(f"{seed} {ledger}")  # noqa: S311  # the same again by its seed
    # No job ever waits for a slot: those whose submission is unknown hold theirs for a while.
    async with set_up(ledger, task_seconds=TASK_SECONDS, concurrency=100) as bed:
        hits = {
            **{point.name: await _while_paying(bed, point, times) for point in _PAYING},
            "fit": await _while_fitting(bed, random, times),
            "publish": await _while_publishing(bed, times),
        }
        await bed.fleet.start()
        await drain(bed)
        found = await audit(bed)
        for name, count in hits.items():
            found.demand(count == times, f"{name}: hit {count} times, not {times}")
        found.figures |= {f"killed at: {name}": count for name, count in hits.items()}
        return found


async def _while_paying(bed: Testbed, point: Point, times: int) -> int:
    """Kills workers at a point: how often it was met."""
    hits = 0
    for number in range(1, times * TRIES + 1):
        job = await bed.start(f"{point.name.replace(' ', '-')}-{number:02}")
        worker = await bed.fleet.start(*PAYING)
        await asyncio.wait_for(point.reach(bed, job.job_id), _PATIENCE_SECONDS)
        await bed.fleet.kill(worker)
        hit = point.within is None or point.within in await doing(bed.temporal, job.job_id, worker)
        job.must_complete = point.paid
        hits += hit
        say(f"{point.name}: {job.job_id} {'hit' if hit else 'missed'}, {hits} of {times}")
        if hits == times:
            break
    return hits


async def _about_to_send(bed: Testbed, job_id: str) -> None:
    """The ledger has the job, which is the last that is done before the request leaves."""
    while await bed.ledger.latest(job_id) is None:
        pass


async def _arrived(bed: Testbed, job_id: str) -> None:
    await bed.mureka.order(Fault("submit", "hang", match=job_id))

    async def has_arrived() -> bool:
        return bool(await bed.submissions(job_id))

    await eventually(has_arrived, _PATIENCE_SECONDS)


async def _accepted(bed: Testbed, job_id: str) -> None:
    await bed.mureka.order(Fault("submit", "hang", accepted=True, match=job_id))
    await eventually(lambda: _is_billed(bed, job_id), _PATIENCE_SECONDS)


async def _answered(bed: Testbed, job_id: str) -> None:
    while not any(each["answered_at"] for each in await bed.submissions(job_id)):
        pass


async def _awaited(bed: Testbed, job_id: str) -> None:
    (worker,) = bed.fleet.running

    async def is_awaited() -> bool:
        return "await_task" in await doing(bed.temporal, job_id, worker)

    await eventually(is_awaited, _PATIENCE_SECONDS)


async def _downloading(bed: Testbed, job_id: str) -> None:
    await eventually(lambda: _is_billed(bed, job_id), _PATIENCE_SECONDS)
    (task_id,) = [
        task["task_id"] for task in (await bed.mureka.book())["billed"] if job_of(task["prompt"]) == job_id
    ]
    await bed.mureka.order(Fault("download", "stall", match=task_id))

    async def is_asked_for() -> bool:
        return task_id in (await bed.mureka.book())["downloads"]

    await eventually(is_asked_for, _PATIENCE_SECONDS)


async def _is_billed(bed: Testbed, job_id: str) -> bool:
    return any(job_of(task["prompt"]) == job_id for task in (await bed.mureka.book())["billed"])


_PAYING = (
    Point("about to send", _about_to_send, "submit_task"),
    Point("before acceptance", _arrived, "submit_task"),
    Point("after acceptance", _accepted, "submit_task"),
    Point("right after the answer", _answered, None),
    Point("await", _awaited, "await_task", paid=True),
    Point("download", _downloading, "keep_music", paid=True),
)


async def _while_fitting(bed: Testbed, random: Random, times: int) -> int:
    """Kills a worker somewhere within the fitting of whatever jobs are at it."""
    hits = 0
    for number in range(1, times * TRIES + 1):
        await bed.start(f"fit-{number:02}")
        worker = await bed.fleet.start()
        await eventually(lambda worker=worker: _some(bed, "fit_music", worker), _PATIENCE_SECONDS)  # type: ignore[misc]
        await asyncio.sleep(random.uniform(0, FITTING_SECONDS))
        await bed.fleet.kill(worker)
        hits += _must_complete(bed, await jobs_in(bed.temporal, "fit_music", worker))
        say(f"fit: {hits} of {times}")
        if hits >= times:
            break
    return hits


async def _while_publishing(bed: Testbed, times: int) -> int:
    """Kills a worker as soon as another job's folder appears in the store."""
    hits = 0
    for number in range(1, times * TRIES + 1):
        await bed.start(f"publish-{number:02}")
        published = _published(bed)
        worker = await bed.fleet.start()
        await asyncio.to_thread(_until_more_is_published, bed, published)
        await bed.fleet.kill(worker)
        hits += _must_complete(bed, await jobs_in(bed.temporal, "publish_music", worker))
        say(f"publish: {hits} of {times}")
        if hits >= times:
            break
    return hits


async def _some(bed: Testbed, activity: str, worker: Process) -> bool:
    return bool(await jobs_in(bed.temporal, activity, worker))


def _must_complete(bed: Testbed, job_ids: list[str]) -> bool:
    """Notes it for these jobs, which were killed after they were paid for; whether there are any."""
    for job_id in job_ids:
        bed.jobs[job_id].must_complete = True
    return bool(job_ids)


def _until_more_is_published(bed: Testbed, than: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _published(bed) == than:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.001)


def _published(bed: Testbed) -> int:
    """How many jobs have something in the store."""
    return sum(1 for _ in bed.home.glob("objects/customers/acme/music/*"))
