"""What every implementation of the job records does."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from dalsegno.errors import InternalError
from dalsegno.ports import JobRecords, JobRow

START = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
SHA, OTHER_SHA = "a" * 64, "b" * 64


def row(job_id: str = "job-1", *, sha: str = SHA, after: float = 0) -> JobRow:
    """A row as a job opens it, some seconds after the first."""
    at = START + timedelta(seconds=after)
    return JobRow(
        job_id=job_id,
        request_sha256=sha,
        customer_id="acme",
        status="running",
        step="queued",
        provider="builtin",
        requested_duration_seconds=30.5,
        workflow_run_id=f"run-at-{after}",
        created_at=at,
        updated_at=at,
        prompt="Grüße 🎼, 'quoted'; DROP TABLE music_jobs; --",
        mood="calm",
    )


async def write(records: JobRecords, after: float, sha: str = SHA, **changes: object) -> None:
    """Updates the row some seconds after the first."""
    await records.update(
        "job-1", request_sha256=sha, updated_at=START + timedelta(seconds=after), changes=changes
    )


async def read(records: JobRecords) -> JobRow:
    """The row, which has to be there."""
    found = await records.get("job-1")
    assert found is not None
    return found


async def test_a_row_comes_back_as_it_was_opened(records: JobRecords) -> None:
    """All columns, whatever is in them."""
    assert await records.get("job-1") is None
    assert await records.open(row()) == row()
    assert await records.get("job-1") == row()


async def test_every_column_is_kept(records: JobRecords) -> None:
    """What a completed job writes is read again, each column in its type."""
    await records.open(row())
    changes: dict[str, Any] = {
        "status": "completed",
        "step": "completed",
        "title": "Music",
        "reference_song_title": "Song",
        "reference_artist": "Artist",
        "reference_bpm": 120.25,
        "reference_key": "F♯ minor",
        "reference_mood": "epic",
        "reference_confidence": 0.875,
        "r2_key": "customers/acme/music/job-1/master.wav",
        "r2_preview_key": "customers/acme/music/job-1/preview.mp3",
        "file_size_bytes": 2**40,
        "audio_duration_seconds": 30.5,
        "completed_at": START + timedelta(seconds=9),
    }
    await write(records, 9, **changes)
    assert await read(records) == replace(row(), **changes, updated_at=START + timedelta(seconds=9))


async def test_opening_twice_is_opening_once(records: JobRecords) -> None:
    """A retried open changes nothing, also when it comes after later writes."""
    await records.open(row())
    await records.open(row())
    await write(records, 0, step="analyzing")
    assert (await records.open(row())).step == "analyzing"
    await write(records, 5, status="completed")
    assert (await records.open(row())).status == "completed"


async def test_a_new_run_takes_the_row_over(records: JobRecords) -> None:
    """A retried job is under way again, without an error; when it was first made stays."""
    await records.open(row())
    await write(records, 5, status="failed", error_message="No.", failure_type="InternalError", title="Kept")
    expected = replace(
        row(), workflow_run_id="run-at-10", updated_at=START + timedelta(seconds=10), title="Kept"
    )
    assert await records.open(row(after=10)) == expected
    assert await read(records) == expected


async def test_a_completed_job_is_not_begun_again(records: JobRecords) -> None:
    """A new run of the same request is given the row as it is: the music is there."""
    await records.open(row())
    await write(records, 5, status="completed", title="Music", completed_at=START)
    completed = await read(records)
    assert await records.open(row(after=10)) == completed
    assert await read(records) == completed


async def test_another_request_gets_the_row_that_is_there(records: JobRecords) -> None:
    """The row of somebody else's request is shown, not touched, however late the other comes."""
    await records.open(row())
    assert await records.open(row(sha=OTHER_SHA, after=99)) == row()
    await write(records, 99, sha=OTHER_SHA, status="failed")
    assert await read(records) == row()


async def test_a_late_writer_is_ignored(records: JobRecords) -> None:
    """What is older than the row never turns `completed` back; what is as old as it is written."""
    await records.open(row())
    await write(records, 10, status="completed")
    await write(records, 9.999999, status="running")
    assert (await read(records)).status == "completed"
    await write(records, 10, title="Music")
    assert await read(records) == replace(
        row(), status="completed", title="Music", updated_at=START + timedelta(seconds=10)
    )


async def test_an_update_touches_its_columns_only(records: JobRecords) -> None:
    """Other columns and other jobs stay as they are; None clears a column."""
    await records.open(row())
    await records.open(row("job-2"))
    await write(records, 1, mood=None, step="generating")
    assert await read(records) == replace(
        row(), mood=None, step="generating", updated_at=START + timedelta(seconds=1)
    )
    assert await records.get("job-2") == row("job-2")


async def test_an_update_of_nothing_makes_no_row(records: JobRecords) -> None:
    """A row that was purged does not come back by a late update."""
    await write(records, 1, status="completed")
    assert await records.get("job-1") is None


@pytest.mark.parametrize(
    "column", ["colour", "job_id", "request_sha256", "created_at", "updated_at", "step = 'x' --", ""]
)
async def test_only_columns_that_may_change_can_be_changed(records: JobRecords, column: str) -> None:
    """A name that is no column, or says which row it is, is a bug and is told as one."""
    await records.open(row())
    with pytest.raises(InternalError, match="column"):
        await write(records, 1, **{"step": "generating", column: "x"})
    assert await read(records) == row()


async def test_times_come_back_in_utc(records: JobRecords) -> None:
    """A moment stays the same moment, whatever zone it was written in."""
    await records.open(row())
    tokyo = timezone(timedelta(hours=9))
    at = (START + timedelta(seconds=2)).astimezone(tokyo)
    await records.update("job-1", request_sha256=SHA, updated_at=at, changes={"completed_at": at})
    found = await read(records)
    assert found.completed_at == at == found.updated_at
    assert found.completed_at is not None
    assert found.completed_at.utcoffset() == found.created_at.utcoffset() == timedelta(0)


async def test_moments_are_compared_not_their_texts(records: JobRecords) -> None:
    """A zone's clock that is ahead does not make a write newer."""
    await records.open(row(after=10))
    tokyo = timezone(timedelta(hours=9))
    await records.update(
        "job-1", request_sha256=SHA, updated_at=START.astimezone(tokyo), changes={"status": "failed"}
    )
    assert await read(records) == row(after=10)


async def test_a_time_without_a_zone_is_refused(records: JobRecords) -> None:
    """It would be another moment on another machine."""
    naive = START.replace(tzinfo=None)
    with pytest.raises(InternalError, match="time zone"):
        await records.open(replace(row(), created_at=naive))
    await records.open(row())
    with pytest.raises(InternalError, match="time zone"):
        await records.update("job-1", request_sha256=SHA, updated_at=naive, changes={})
    with pytest.raises(InternalError, match="time zone"):
        await write(records, 1, completed_at=naive)
    assert await read(records) == row()


async def test_many_writers_leave_the_newest_state(records: JobRecords) -> None:
    """Whatever order the writes arrive in, the newest one stands."""
    await records.open(row())
    order = [7, 3, 19, 11, 0, 15, 4, 18, 9, 1, 13, 6, 17, 2, 12, 8, 16, 5, 14, 10]
    await asyncio.gather(*(write(records, second, step=f"at {second}") for second in order))
    found = await read(records)
    assert (found.step, found.updated_at) == ("at 19", START + timedelta(seconds=19))


async def test_of_many_that_open_one_is_first(records: JobRecords) -> None:
    """All are shown the same row, whoever wrote it."""
    requests = [f"{number:064}" for number in range(10)]
    shown = await asyncio.gather(*(records.open(row(sha=sha)) for sha in requests))
    assert {found.request_sha256 for found in shown} == {(await read(records)).request_sha256}


async def test_running_jobs_are_found_by_the_time_of_their_last_write(records: JobRecords) -> None:
    """The oldest first; neither those that have ended, nor those that were written just now."""
    for number, job_id in enumerate(["job-1", "young", "middle", "old"]):
        await records.open(
            replace(row(), job_id=job_id, updated_at=START + timedelta(seconds=10 - 3 * number))
        )
    await write(records, 20, status="failed")
    found = await records.with_status("running", before=START + timedelta(seconds=7))
    assert [each.job_id for each in found] == ["old", "middle"]


async def test_rows_are_read_page_by_page(records: JobRecords) -> None:
    """Each once, also those that were written at one moment, and while the ones before are being closed."""
    for number, job_id in enumerate(["a", "e", "c", "b", "d"]):
        await records.open(replace(row(after=min(number, 1)), job_id=job_id))
    seen: list[str] = []
    after = None
    while page := await records.with_status(
        "running", before=START + timedelta(seconds=7), after=after, limit=2
    ):
        seen += [each.job_id for each in page]
        assert len(page) <= 2
        after = page[-1].place
        for each in page:
            await records.update(
                each.job_id,
                request_sha256=SHA,
                updated_at=START + timedelta(seconds=5),
                changes={"status": "failed"},
            )
    assert seen == ["a", "b", "c", "d", "e"]
