"""A worker that is frozen right before it sends; it is paid for elsewhere, and the worker wakes up."""

import asyncio

from chaos.audit import Audit, audit
from chaos.ending import drain
from chaos.progress import say
from chaos.testbed import LedgerKind, Testbed, set_up
from dalsegno.errors import JobEndedError, SubmissionUnknown
from dalsegno.models import SUBMIT_TASK_QUEUE, TASK_QUEUE

TASK_SECONDS = 1.0
# Between the entry in the ledger and the departure there is about a millisecond: most tries miss it.
TRIES = 200
# What a request takes to arrive that has left, and what a worker that wakes up may take to send one.
_ON_ITS_WAY_SECONDS = 0.5
_AWAKE_SECONDS = 5.0
_PATIENCE_SECONDS = 120.0


async def frozen(ledger: LedgerKind, seed: int) -> Audit:  # noqa: ARG001  # nothing here is random
    """Freezes a worker before the send, pays again, wakes it up: it has not sent then."""
    async with set_up(ledger, task_seconds=TASK_SECONDS, concurrency=100) as bed:
        await bed.fleet.start(TASK_QUEUE)
        job_id = await _frozen_before_sending(bed)
        if job_id is None:
            found = await audit(bed)
            found.breaches.append(f"no worker could be frozen before its send in {TRIES} tries")
            return found
        asleep = bed.fleet.running[-1]
        await bed.fleet.start()
        say(f"{job_id}: frozen before its send; waiting for its end")
        failure = await _failure(bed, job_id)
        if failure == SubmissionUnknown.__name__:
            say(f"{job_id}: {failure}; paying again")
            await bed.music.retry(job_id, pay_again=True)
        bed.jobs[job_id].must_complete = True
        await drain(bed)
        say("Waking it up")
        bed.fleet.wake(asleep)
        await asyncio.sleep(_AWAKE_SECONDS)
        sent = len(await bed.submissions(job_id))
        found = await audit(bed)
        found.demand(failure == SubmissionUnknown.__name__, f"{job_id} failed with {failure}")
        found.demand(sent == 1, f"{job_id}: {sent} requests have arrived, not the one of the second payment")
        found.figures |= {"tries until the moment was met": len(bed.jobs)}
        return found


async def _frozen_before_sending(bed: Testbed) -> str | None:
    """Freezes a worker whose request has not left though the ledger says so; its job."""
    for number in range(1, TRIES + 1):
        worker = await bed.fleet.start(SUBMIT_TASK_QUEUE)
        job_id = (await bed.start(f"frozen-{number:03}")).job_id
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (entry := await bed.ledger.latest(job_id)) is None:
                pass
        bed.fleet.freeze(worker)
        await asyncio.sleep(_ON_ITS_WAY_SECONDS)
        if entry.state == "sending" and not await bed.submissions(job_id):
            return job_id
        bed.fleet.wake(worker)
        worker.terminate()
        bed.fleet.running.remove(worker)
        await worker.wait()
    return None


async def _failure(bed: Testbed, job_id: str) -> str | None:
    """Waits for a job's end; the type that it failed with."""
    try:
        await bed.handle(job_id).result()
    except JobEndedError:
        failure = (await bed.handle(job_id).status()).failure
        return failure.type if failure else None
    return None
