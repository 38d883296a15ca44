"""Jobs with a transcript or with a scene plan."""

import pytest

from dalsegno.models import MusicRequest
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES = [
    "The coffin was so small that one man could carry it.",
    "She folded the letter and never opened it again.",
    "And then the whole stadium was on its feet!",
    "Faster, faster, don't stop now, go, go, go!",
]


def spoken(count: int, *, duration: float = 60) -> MusicRequest:
    """A request with so many segments, sad first and energetic later."""
    length = duration / count
    segments = [
        {
            "start": number * length,
            "end": (number + 1) * length,
            "text": LINES[number % 2 + (2 if 2 * number >= count else 0)],
        }
        for number in range(count)
    ]
    return a_request(mood=None, duration=duration, segments=segments, job_id=f"spoken-{count}")


async def test_scenes_are_found_and_followed(harness: Harness) -> None:
    """The status has the scenes, from 0 to the end without gaps; what is planned is skipped, what is done is told."""
    async with harness.worker():
        job = await harness.client.start(spoken(12))
        await job.result()
        status = await job.status()
    context = status.scene_context
    assert context
    assert context.scene_count == len(context.scenes) >= 2
    assert (context.scenes[0].start, context.scenes[-1].end) == (0, 60)
    assert all(a.end == b.start for a, b in zip(context.scenes, context.scenes[1:], strict=False))
    assert next(step for step in status.steps if step.name == "analyzing").state == "done"
    assert [key async for key in harness.store.list("staging/")] == []


async def test_what_lies_beyond_the_duration_is_left_out_with_a_note(harness: Harness) -> None:
    """The music is not longer than it was asked to be."""
    request = spoken(12).model_copy(update={"duration": 30.0, "job_id": "beyond"})
    async with harness.worker():
        job = await harness.client.start(request)
        await job.result()
        status = await job.status()
    assert status.scene_context
    assert status.scene_context.scenes[-1].end == 30
    note = next(step for step in status.steps if step.name == "analyzing").note
    assert note
    assert "left out" in note


async def test_a_scene_plan_is_taken_as_it_is(harness: Harness) -> None:
    """No model guesses what a person has decided."""
    scenes = [
        {"start": 0, "end": 20, "mood": "calm", "energy": 20},
        {"start": 20, "end": 40, "mood": "epic", "energy": 90},
    ]
    async with harness.worker():
        job = await harness.client.start(a_request(mood=None, duration=40, scenes=scenes, job_id="plan"))
        await job.result()
        status = await job.status()
    assert status.scene_context
    assert [scene.model_dump() for scene in status.scene_context.scenes] == scenes
    assert status.scene_context.average_energy == 55


async def test_the_history_does_not_grow_with_the_transcript(harness: Harness) -> None:
    """Ten or a thousand lines: the transcript goes through the object store."""
    sizes = []
    async with harness.worker():
        for count in (10, 1_000):
            job = await harness.client.start(spoken(count))
            await job.result()
            history = await harness.temporal.get_workflow_handle(job.id).fetch_history()
            sizes.append((len(history.events), sum(event.ByteSize() for event in history.events)))
    (few_events, few_bytes), (many_events, many_bytes) = sizes
    assert few_events == many_events
    # What may differ is the number of scenes, never the number of lines.
    assert abs(many_bytes - few_bytes) < 2_000
