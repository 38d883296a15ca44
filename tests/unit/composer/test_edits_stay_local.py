"""What is changed in one scene leaves the others as they are."""

import pytest

from dalsegno.composer import Score, compose
from dalsegno.models import MusicBrief, Scene

PLAN = [
    Scene(start=0.0, end=12.0, mood="calm", energy=25),
    Scene(start=12.0, end=24.5, mood="epic", energy=70),
    Scene(start=24.5, end=37.0, mood="tense", energy=60),
    Scene(start=37.0, end=50.0, mood="epic", energy=78),
]


def notes_between(score: Score, start: float, end: float) -> set[tuple[object, ...]]:
    """All notes that begin within a scene."""
    return {
        (part.stem, part.instrument, note)
        for part in score.parts
        for note in part.notes
        if start <= note.start < end
    }


@pytest.mark.parametrize(
    "edited",
    [
        [Scene(start=12.0, end=24.5, mood="epic", energy=30)],
        [Scene(start=12.0, end=24.5, mood="epic", energy=99)],
        [Scene(start=12.0, end=24.5, mood="sad", energy=40)],
        [
            Scene(start=12.0, end=18.0, mood="epic", energy=85),
            Scene(start=18.0, end=24.5, mood="epic", energy=70),
        ],
    ],
    ids=["other energy", "the strongest of all", "other mood", "split in two"],
)
@pytest.mark.parametrize(
    "leads", [[], ["flute", "violin", "trumpet", "oboe"]], ids=["own cast", "asked cast"]
)
def test_other_scenes_keep_their_notes(edited: list[Scene], leads: list[str]) -> None:
    """Mood, energy or number of scenes within 12 to 24.5 s change nothing outside, whoever plays."""
    before, after = (
        compose(MusicBrief(duration=50, seed=7, mood="epic", scenes=scenes, instruments=leads))
        for scenes in (PLAN, [PLAN[0], *edited, *PLAN[2:]])
    )
    for scene in (PLAN[0], PLAN[2], PLAN[3]):
        assert notes_between(before, scene.start, scene.end) == notes_between(after, scene.start, scene.end)
    assert notes_between(before, 12, 24.5) != notes_between(after, 12, 24.5)


def test_moving_a_cut_leaves_distant_scenes_alone() -> None:
    """A cut that moves changes the two scenes that it parts and no other."""
    moved = [
        PLAN[0],
        Scene(start=12.0, end=23.0, mood="epic", energy=85),
        Scene(start=23.0, end=37.0, mood="tense", energy=60),
        PLAN[3],
    ]
    before = compose(MusicBrief(duration=50, seed=7, mood="epic", scenes=PLAN))
    after = compose(MusicBrief(duration=50, seed=7, mood="epic", scenes=moved))
    for start, end in ((0, 12), (37, 50)):
        assert notes_between(before, start, end) == notes_between(after, start, end)
