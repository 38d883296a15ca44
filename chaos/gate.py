"""Many jobs of three customers on an account that allows three tasks, with cancels: the gate holds."""

import asyncio
from random import Random

from chaos.audit import Audit, audit
from chaos.ending import drain, not_ended
from chaos.progress import say
from chaos.testbed import LedgerKind, Testbed, set_up
from dalsegno.errors import JobEndedError
from dalsegno.models import QUERY_AHEAD, gate_id
from tests.support.eventually import eventually

LIMIT = 3
WORKERS = 3
TASK_SECONDS = 1.0
# One has most, one some, and one a single job, which comes last.
JOBS = {"many": 40, "some": 19, "one": 1}
CANCELS = 12
# Between one cancel and the next, in seconds.
PAUSE = (0.2, 4.0)
_PATIENCE_SECONDS = 60.0


async def gate(ledger: LedgerKind, seed: int) -> Audit:
    """Starts them all at once, cancels some at random times, and lets the others come to their end."""
    random = Random(f"{seed} {ledger}")  # noqa: S311  # the same again by its seed
    async with set_up(ledger, task_seconds=TASK_SECONDS, concurrency=LIMIT) as bed:
        for _ in range(WORKERS):
            await bed.fleet.start()
        for customer in ("many", "some"):
            await asyncio.gather(
                *(bed.start(f"{customer}-{number:02}", customer) for number in range(1, JOBS[customer] + 1))
            )
        say(f"{len(bed.jobs)} jobs begun")
        await _slots_are_taken(bed)
        await bed.start("one-01", "one")
        ahead = await _ahead(bed, "one-01")
        say(f"The customer with one job has {ahead} jobs ahead")
        cancelled = await _cancel_some(bed, random)
        await drain(bed)
        found = await audit(bed)
        found.demand(not ahead, f"the customer with one job had {ahead} jobs ahead, not none")
        found.figures |= {
            "cancels that were taken": cancelled,
            "ahead of the customer with one job": ahead,
            "answers 'too many at once'": (await bed.mureka.book())["busy_answers"],
        }
        return found


async def _slots_are_taken(bed: Testbed) -> None:
    async def are_taken() -> bool:
        in_flight: int = (await bed.mureka.book())["in_flight"]
        return in_flight >= LIMIT

    await eventually(are_taken, _PATIENCE_SECONDS)


async def _ahead(bed: Testbed, job_id: str) -> int:
    """How many are to get a slot before this job, when it has asked for one."""
    handle = bed.temporal.get_workflow_handle(gate_id("mureka"))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await bed.submissions(job_id):
            ahead: int | None = await handle.query(QUERY_AHEAD, job_id)
            if ahead is not None:
                return ahead
    return 0


async def _cancel_some(bed: Testbed, random: Random) -> int:
    """Cancels jobs, wherever they are; how many were still running."""
    taken = 0
    for _ in range(CANCELS):
        await asyncio.sleep(random.uniform(*PAUSE))
        running = [job_id for job_id in await not_ended(bed) if job_id != "one-01"]
        if not running:
            break
        job = bed.jobs[random.choice(running)]
        try:
            await bed.handle(job.job_id).cancel()
        except JobEndedError:
            continue
        job.cancelled = True
        taken += 1
        say(f"Cancelled {job.job_id}")
    return taken
