"""A paid job whose upload fails once: only the upload is tried again."""

import pytest

from dalsegno.errors import StorageUnavailable
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.paid import paid

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_the_upload_is_tried_again(harness: Harness) -> None:
    """One payment, one download, and a progress that doesn't fall back to where the music was generated."""
    failures = [StorageUnavailable("The store does not answer.")]

    def fault(operation: str, key: str) -> Exception | None:
        return failures.pop() if failures and operation == "copy" else None

    harness.store = FaultyStore(harness.store, fault)
    async with paid(harness) as mureka, harness.worker():
        job = await harness.client.start(a_request(job_id="once", provider="mureka"))
        progress = [status.progress async for status in job.watch()]
        await job.result()
    assert not failures
    assert (mureka.book.exchanges["submit"], mureka.book.exchanges["file"]) == (1, 1)
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert await _attempts(harness, "once", "publish_music") == [2]
    assert await _attempts(harness, "once", "fit_music") == [1]


async def _attempts(harness: Harness, job_id: str, activity: str) -> list[int]:
    """How many attempts it took, each time that the workflow has asked for it."""
    history = await harness.temporal.get_workflow_handle(job_id).fetch_history()
    scheduled = {
        event.event_id
        for event in history.events
        if event.activity_task_scheduled_event_attributes.activity_type.name == activity
    }
    started = [event.activity_task_started_event_attributes for event in history.events]
    return [each.attempt for each in started if each.scheduled_event_id in scheduled]
