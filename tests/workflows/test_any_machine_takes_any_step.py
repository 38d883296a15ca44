"""One job over several machines: what a step leaves for the next one lies in the store, never on a disk."""

from contextlib import AsyncExitStack
from hashlib import sha256

import pytest

from dalsegno.models import (
    CPU_TASK_QUEUE,
    REFERENCE_TASK_QUEUE,
    SUBMIT_TASK_QUEUE,
    TASK_QUEUE,
    ReferenceSong,
)
from dalsegno.runtime.host import QueueWork
from tests.support.clips import identified_as
from tests.support.harness import Harness, a_request
from tests.support.paid import paid

pytestmark = pytest.mark.asyncio(loop_scope="session")

SONG = ReferenceSong(
    title="A Song", artist="An Artist", bpm=93.2, key=None, mood="dark", confidence=0.9, method="catalog"
)


def machine_for(queue: str, ours: Harness) -> Harness:
    """A machine with a disk of its own that does the work of one queue; store, database and accounts are common."""
    folder = ours.folder / queue
    folder.mkdir()
    machine = Harness(ours.temporal, folder, store=ours.store, records=ours.records, ledger=ours.ledger)
    machine.task_providers = ours.task_providers

    def own_work(work: list[QueueWork]) -> list[QueueWork]:
        return [each for each in identified_as(SONG)(work) if each.task_queue == queue]

    machine.change_work = own_work
    return machine


async def test_each_step_on_another_machine_makes_one_job(harness: Harness) -> None:
    """Four machines, none of which could do the job alone; it is paid for and made once."""
    segments = [{"start": 0, "end": 4, "text": "The rain has stopped, and all the birds are singing."}]
    async with paid(harness) as mureka, AsyncExitStack() as machines:
        for queue in (TASK_QUEUE, CPU_TASK_QUEUE, REFERENCE_TASK_QUEUE, SUBMIT_TASK_QUEUE):
            await machines.enter_async_context(machine_for(queue, harness).worker())
        job = await harness.client.start(
            a_request(
                job_id="apart",
                provider="mureka",
                segments=segments,
                youtube_url="https://youtu.be/dQw4w9WgXcQ",
            )
        )
        result = await job.result()
        status = await job.status()
    assert {step.state for step in status.steps} == {"done"}
    assert len(mureka.book.tasks) == 1
    assert mureka.book.exchanges["file"] == 1
    for each in result.objects.values():
        assert sha256(await harness.store.read(each.key)).hexdigest() == each.sha256
