"""Seeds are pieces: no two are alike."""

import itertools

from dalsegno.composer import Score, compose
from dalsegno.models import MOODS, MusicBrief


def melody(score: Score) -> tuple[tuple[int, ...], ...]:
    """The leads' steps from tone to tone, so that neither key nor tempo makes a difference."""
    leads = [part for part in score.parts if part.stem == "lead"]
    pitches = [note.pitch for part in leads for note in sorted(part.notes, key=lambda found: found.start)]
    return tuple((after - before,) for before, after in itertools.pairwise(pitches))


def test_ten_seeds_are_ten_different_melodies() -> None:
    """Ten seeds of each mood have ten melodies, even with key and tempo left aside."""
    for mood in MOODS:
        scores = [compose(MusicBrief(duration=40, seed=seed, mood=mood)) for seed in range(10)]
        assert len({melody(score) for score in scores}) == 10, mood


def test_seeds_differ_in_key_tempo_and_instruments() -> None:
    """Over ten seeds there are at least four keys, five tempi and four casts."""
    scores = [compose(MusicBrief(duration=40, seed=seed, mood="inspiring")) for seed in range(10)]
    assert len({score.key for score in scores}) >= 4
    assert len({round(score.tempo_map[0].bpm, 1) for score in scores}) >= 5
    assert len({frozenset(part.instrument for part in score.parts) for score in scores}) >= 4


def test_contrasting_passages_have_a_melody_of_their_own() -> None:
    """Two minutes of one mood have a second theme: its contour is none of the first one's."""
    score = compose(MusicBrief(duration=120, seed=6, mood="inspiring", instruments=["violin"]))
    (violin,) = (part for part in score.parts if part.instrument == "violin")
    contours = {
        section.name: tuple(
            after.pitch - before.pitch
            for before, after in itertools.pairwise(
                [note for note in violin.notes if section.start <= note.start < section.end][:6]
            )
        )
        for section in score.sections
    }
    assert contours["contrast"] != contours["statement"]
    assert contours["contrast"] != tuple(-step for step in contours["statement"])
