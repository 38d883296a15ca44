"""A submission that is cancelled after its request has left."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from activities.paid_generation import _unless_it_has_left
from activities.payments import Sending
from dalsegno.ports import LedgerEntry


async def test_a_worker_that_ends_later_on_does_not_wait_for_the_answer() -> None:
    """The answer is waited for in spite of the cancel, but not any longer when the worker has to end."""
    environment, sending, has_left = ActivityEnvironment(), Sending(frozenset()), asyncio.Event()

    async def pay() -> LedgerEntry:
        sending.left = True
        has_left.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def submit() -> LedgerEntry:
        return await _unless_it_has_left(pay(), sending)

    submitting = asyncio.create_task(environment.run(submit))
    await has_left.wait()
    environment.cancel()
    await asyncio.sleep(0.1)
    assert not submitting.done()
    environment.worker_shutdown()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(submitting, 10)
