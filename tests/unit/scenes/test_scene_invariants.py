"""What holds of the scenes of any transcript."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dalsegno.errors import InvalidRequest
from dalsegno.models import MOODS, Segment
from dalsegno.scenes import SceneAnalysis, analyze

LINES = [
    "He's dead, and there was blood on the walls.",
    "Let's go, faster, faster!",
    "It's so peaceful here by the lake",
    "and nothing stirs",
    "I love you, darling.",
    "Then press the left button.",
    "THE ARMIES OF THE NORTH RODE OUT!",
    "[Applause]",
    "",
    "\u4f60\u597d",
]


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[list[Segment], float]:
    """Lines with overlaps, gaps and equal starts, and the length of a video that may cut them off."""
    start, segments = 0.0, []
    for _ in range(draw(st.integers(0, 60))):
        start += draw(st.sampled_from([0.0, 0.3, 1.9995, 4.0, 30.0]))
        length = draw(st.sampled_from([0.001, 0.5, 2.0, 7.0, 50.0]))
        segments.append(Segment(start=start, end=start + length, text=draw(st.sampled_from(LINES))))
    return segments, draw(st.floats(0.5, 400) | st.sampled_from([5.0, 6.0, 11.999, 12.0, 600.0]))


def check(analysis: SceneAnalysis, duration: float) -> None:
    """The promises of `analyze`."""
    scenes = analysis.context.scenes
    assert scenes[0].start == 0
    assert scenes[-1].end == duration
    assert all(before.end == after.start for before, after in pairwise(scenes))
    assert len(scenes) <= min(100, max(1, duration / 6))
    assert all(scene.end - scene.start >= min(6, duration) - 1e-9 for scene in scenes)
    assert all(round(scene.start, 3) == scene.start for scene in scenes)
    assert all(
        before.mood != after.mood or abs(before.energy - after.energy) > 5
        for before, after in pairwise(scenes)
    )
    assert analysis.context.scene_count == len(scenes)
    energies = [scene.energy for scene in scenes]
    assert min(energies) - 0.1 <= analysis.context.average_energy <= max(energies) + 0.1


@settings(deadline=None, max_examples=60)
@given(transcripts())
def test_scenes_cover_the_video(case: tuple[list[Segment], float]) -> None:
    """In order, without gaps, from 0 to the end, none shorter than 6 s, each line within the video with its mood."""
    segments, duration = case
    analysis = analyze(segments, duration)
    check(analysis, duration)
    within = [segment for segment in segments if segment.start < duration]
    assert [(mood.start, mood.end) for mood in analysis.segments] == [
        (segment.start, min(segment.end, duration)) for segment in within
    ]


def test_a_transcript_as_long_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """20,000 lines: never more than 100 scenes, progress from 0 to 1 that never falls, every line heard."""
    moods = np.random.default_rng(7).dirichlet(np.full(len(MOODS), 0.1), size=20_000)

    # The model itself would take a minute; what it makes of a line is tested elsewhere.
    def heard(texts: list[str], done: object = None, *, ear: str) -> NDArray[np.float64]:
        assert callable(done)
        for count in range(0, len(texts) + 1, 1_000):
            done(count)
        return moods[: len(texts)]

    monkeypatch.setattr("dalsegno.scenes.mood.mood_probabilities", heard)
    segments = [
        Segment(start=float(3 * index), end=3.0 * index + 2, text=f"Line {index}.") for index in range(20_000)
    ]
    told: list[tuple[float, str]] = []
    analysis = analyze(segments, 60_000.0, lambda fraction, words: told.append((fraction, words)))
    check(analysis, 60_000.0)
    assert len(analysis.segments) == 20_000
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert len(told) > 20
    assert told[2][1] == "Heard the mood of 1,000 of 20,000 utterances"


def test_a_line_that_lasts_next_to_nothing() -> None:
    """As short as a number can be, its energy is counted all the same."""
    line = Segment(start=0.0, end=5e-324, text="Then press the left button.")
    check(analyze([line], 10.0), 10.0)


def test_the_last_scene_is_long_enough_where_its_last_line_begins_within_a_millisecond_of_the_end() -> None:
    """A start that is rounded does not lie after the end."""
    calm, dark = "It is so peaceful here by the still lake.", "They tortured and murdered the prisoners."
    segments = [
        Segment(start=0.0, end=6.0, text=calm),
        Segment(start=6.0, end=11.9, text=dark),
        Segment(start=11.99955, end=11.9996, text=dark),
    ]
    check(analyze(segments, 11.9996), 11.9996)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf"), 2e6])
def test_what_is_no_duration_is_refused(duration: float) -> None:
    """A video has a length."""
    with pytest.raises(InvalidRequest, match="duration must be"):
        analyze([], duration)
