"""Jobs with a reference song."""

import json

import pytest

from dalsegno.models import JobStatus, ReferenceSong, StepStatus, object_prefix
from tests.support.clips import identified_as
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIDEO = "https://youtu.be/dQw4w9WgXcQ"
SONG = ReferenceSong(
    title="A Song", artist="An Artist", bpm=93.2, key=None, mood="dark", confidence=0.9, method="catalog"
)


def steps_of(status: JobStatus) -> dict[str, StepStatus]:
    """The steps by name."""
    return {step.name: step for step in status.steps}


async def test_a_video_is_extracted_identified_and_told_of(harness: Harness) -> None:
    """In the status, in the row, and in the metadata; only what is certain steers the music."""
    harness.change_work = identified_as(SONG)
    async with harness.worker():
        job = await harness.client.start(a_request(youtube_url=VIDEO, job_id="of-a-video"))
        await job.result()
        status = await job.status()

    steps = steps_of(status)
    assert [steps[name].state for name in ("extracting", "identifying")] == ["done", "done"]
    assert steps["identifying"].note == "Reference: “A Song” by An Artist at 93 bpm, key uncertain."
    assert status.reference_song == SONG
    row = await harness.records.get("of-a-video")
    assert row
    assert (row.reference_song_title, row.reference_artist, row.reference_bpm) == (
        "A Song",
        "An Artist",
        93.2,
    )
    assert (row.reference_key, row.reference_mood, row.reference_confidence) == (None, "dark", 0.9)
    metadata = json.loads(await harness.store.read(object_prefix("acme", "of-a-video") + "metadata.json"))
    assert metadata["reference_song"] == SONG.model_dump()
    assert [key async for key in harness.store.list("staging/")] == []
