"""The job's row says what Temporal says, on every path."""

import asyncio
from typing import Any

import pytest

from dalsegno.errors import JobEndedError, StorageDenied
from dalsegno.ports import JobRow
from dalsegno.records.memory import MemoryJobRecords
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def row_of(harness: Harness, job_id: str) -> JobRow:
    """The row, which must be there."""
    row = await harness.records.get(job_id)
    assert row
    return row


async def test_what_was_asked_for_stays_in_the_row(harness: Harness) -> None:
    """No step empties columns that it has nothing to say about."""
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="asked", mood="epic", prompt="big drums"))
        result = await job.result()
    row = await row_of(harness, "asked")
    assert (row.mood, row.prompt, row.provider, row.requested_duration_seconds) == (
        "epic",
        "big drums",
        "builtin",
        5,
    )
    assert (row.title, row.r2_preview_key) == (result.title, "customers/acme/music/asked/preview.mp3")
    assert row.file_size_bytes == result.objects["master.wav"].bytes
    assert row.audio_duration_seconds == 5


async def test_a_job_cancelled_before_it_began_has_a_row(harness: Harness) -> None:
    """Its id isn't free for another request once the history is gone."""
    job = await harness.client.start(a_request(job_id="early-row"))
    await job.cancel()
    async with harness.worker():
        with pytest.raises(JobEndedError):
            await job.result()
    assert (await row_of(harness, "early-row")).status == "cancelled"


class SlowToOpen(MemoryJobRecords):
    """A database that takes its time to open the first row."""

    def __init__(self) -> None:
        super().__init__()
        self.opening = asyncio.Event()
        self.go_on = asyncio.Event()

    async def open(self, row: JobRow) -> JobRow:
        """Waits when it is first called."""
        if not self.opening.is_set():
            self.opening.set()
            await self.go_on.wait()
        return await super().open(row)


async def test_a_row_that_is_opened_late_does_not_undo_a_cancel(harness: Harness) -> None:
    """The job is cancelled while its row is being opened: whichever write comes last, it is cancelled."""
    records = SlowToOpen()
    harness.records = records
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="late-row"))
        await records.opening.wait()
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        records.go_on.set()
        await asyncio.sleep(0.2)
    assert (await row_of(harness, "late-row")).status == "cancelled"


def refuse(harness: Harness, refused: str) -> None:
    """Lets the store refuse one operation."""

    def fault(operation: str, key: str) -> Exception | None:
        return StorageDenied("No deleting here.") if operation == refused else None

    harness.store = FaultyStore(harness.store, fault)


async def test_a_published_job_is_completed_though_its_staging_stays(harness: Harness) -> None:
    """What can't be cleaned up is no reason to say that there is no music."""
    refuse(harness, "delete")
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="untidy"))
        await job.result()
        assert (await job.status()).status == "completed"
    assert (await row_of(harness, "untidy")).status == "completed"


class SlowToComplete(MemoryJobRecords):
    """A database that takes its time when a job is completed."""

    def __init__(self) -> None:
        super().__init__()
        self.completing = asyncio.Event()
        self.go_on = asyncio.Event()

    async def update(self, job_id: str, **values: Any) -> None:
        """Waits before a job is completed."""
        if values["changes"].get("status") == "completed":
            self.completing.set()
            await self.go_on.wait()
        await super().update(job_id, **values)


async def test_a_cancel_after_the_music_is_there_changes_nothing(harness: Harness) -> None:
    """Where the metadata is, the job is complete."""
    records = SlowToComplete()
    harness.records = records
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="too-late"))
        await records.completing.wait()
        await job.cancel()
        records.go_on.set()
        await job.result()
        assert (await job.status()).status == "completed"
    assert (await row_of(harness, "too-late")).status == "completed"


async def test_the_row_follows_the_steps(harness: Harness) -> None:
    """While the job runs, the row says in which step."""
    seen: list[str] = []

    class Watching(MemoryJobRecords):
        async def update(self, job_id: str, **values: Any) -> None:
            seen.append(values["changes"]["step"])
            await super().update(job_id, **values)

    harness.records = Watching()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="follows"))
        await job.result()

    async def steps_seen() -> bool:
        return list(dict.fromkeys(seen)) == ["generating", "uploading", "completed"]

    await eventually(steps_seen)
