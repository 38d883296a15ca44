"""Plans that no film has, and that come all the same."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from dalsegno.composer import compose
from dalsegno.errors import InvalidRequest
from dalsegno.models import MOODS, MusicBrief, Scene


def evenly(count: int, length: float) -> list[Scene]:
    """So many scenes of one length, moods and energies all over the place."""
    return [
        Scene(
            start=index * length, end=(index + 1) * length, mood=MOODS[index % 10], energy=(index * 37) % 101
        )
        for index in range(count)
    ]


PLANS = {
    "forty scenes of two seconds": (80.0, evenly(40, 2.0)),
    "a thousand tiny scenes": (600.0, evenly(1_000, 0.6)),
    "a thousand scenes of 5 ms": (5.0, evenly(1_000, 0.005)),
    "a cut after half a second": (
        20.0,
        [Scene(start=0, end=0.5, mood="calm", energy=5), Scene(start=0.5, end=20, mood="epic", energy=95)],
    ),
    "a cut half a second before the end": (
        20.0,
        [Scene(start=0, end=19.5, mood="epic", energy=95), Scene(start=19.5, end=20, mood="calm", energy=5)],
    ),
    "no energy at all": (30.0, [Scene(start=0, end=30, mood="dark", energy=0)]),
    "scenes that begin late and end beyond the piece": (
        10.0,
        [Scene(start=3, end=8, mood="sad", energy=20), Scene(start=8, end=90, mood="happy", energy=70)],
    ),
    "a plan with a hole in it": (
        20.0,
        [Scene(start=0, end=4, mood="sad", energy=20), Scene(start=11, end=20, mood="happy", energy=70)],
    ),
    "ten minutes of one scene": (600.0, [Scene(start=0, end=600, mood="epic", energy=60)]),
}


@pytest.mark.parametrize("name", PLANS)
def test_any_plan_is_composed(name: str) -> None:
    """Frame, sections and notes cover the piece and stay within it; every cut has a cue."""
    duration, scenes = PLANS[name]
    score = compose(MusicBrief(duration=duration, seed=6, scenes=scenes))
    assert score.sections[0].start == 0
    assert score.sections[-1].end == duration
    assert all(
        after.start == pytest.approx(before.end) for before, after in itertools.pairwise(score.sections)
    )
    assert all(
        note.start >= 0 and note.start + note.length <= duration
        for part in score.parts
        for note in part.notes
    )
    assert [cue.time for cue in score.cues] == [scene.start for scene in scenes[1:]]
    assert all(abs(cue.error_ms) < 1 for cue in score.cues)


@pytest.mark.parametrize("name", ["a thousand scenes of 5 ms", "a cut half a second before the end"])
def test_hostile_plans_are_rendered_too(
    name: str, tmp_path: Path, render_piece: Callable[..., Any], ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """What is composed can be rendered and mastered."""
    duration, scenes = PLANS[name]
    render_piece(MusicBrief(duration=duration, seed=6, scenes=scenes), tmp_path)
    assert soundfile.info(tmp_path / "master.wav").frames == duration * 48_000
    assert ffmpeg_hears(tmp_path / "master.wav").true_peak <= -1.0


@pytest.mark.parametrize("duration", [0.0, 4.99, 600.01, -5.0, float("nan"), float("inf")])
def test_durations_out_of_range_are_refused(duration: float) -> None:
    """The sentence says what is allowed."""
    with pytest.raises(InvalidRequest, match="5 to 600"):
        compose(MusicBrief(duration=duration, seed=1, mood="calm"))
