"""Seeds are pieces: no two are alike."""

import itertools

import pytest

from dalsegno.composer import Score, compose
from dalsegno.composer.arrange import Arranger, Setting
from dalsegno.composer.cast import Cast
from dalsegno.composer.form import Passage
from dalsegno.composer.motif import invent
from dalsegno.composer.randomness import generator
from dalsegno.composer.score import Bar
from dalsegno.composer.theory import Key
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


@pytest.mark.parametrize(("name", "start"), [("statement", 0), ("development", 0), ("contrast", 1)])
def test_contrasting_passages_have_a_motif_of_their_own(name: str, start: int) -> None:
    """What is stated and developed is the first motif; contrast is made by the second."""
    first, second = (invent(generator(seed, "motif")) for seed in (1, 2))
    setting = Setting(
        *(1, 60.0, 1.0, 100.0, 4, first, second),
        sevenths=False,
        walks=False,
        swing=None,
        groove=None,
        drums=None,
    )
    bars = tuple(Bar(2.4 * number, 4.0 * number, 4.0) for number in range(8))
    passage = Passage(name, "epic", 80.0, bars, 100.0, 0, 0, False, 0, False, False)
    silent = Cast({}, frozenset(), frozenset(), (), only=False)
    theme = Arranger(setting, passage, Key(0, "minor"), silent).theme
    shape = (first, second)[start].call
    assert tuple(tone.degree for tone in theme.call) == shape[: len(theme.call)]
