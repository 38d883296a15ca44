"""The chords of passages, and the bass that leads from one to the next."""

import dataclasses
from itertools import pairwise

import pytest

from dalsegno.composer import compose
from dalsegno.composer.form import Passage
from dalsegno.composer.harmony import chord_spans, harmonies, phrases, relatives
from dalsegno.composer.moods import STYLES
from dalsegno.composer.score import Bar
from dalsegno.composer.theory import SCALES, Chord, Key, chord, triad_of
from dalsegno.models import MOODS, Mood, MusicBrief


def passage(mood: Mood, bars: int, **more: object) -> Passage:
    """A passage of bars of four beats at 60, in the middle of a piece."""
    return dataclasses.replace(
        Passage(
            "statement",
            mood,
            STYLES[mood].energy,
            tuple(Bar(20 + 4.0 * number, 20 + 4.0 * number, 4.0) for number in range(bars)),
            60.0,
            stretch=0,
            first_bar=5,
            opens_cut=False,
            ring_out=0,
            last=False,
            quick=False,
        ),
        **more,  # type: ignore[arg-type]  # whatever a test wants otherwise
    )


@pytest.mark.parametrize("mode", SCALES)
def test_a_chord_gives_way_only_to_one_that_shares_two_tones(mode: str) -> None:
    """Relatives have two tones in common and a pure fifth."""
    key = Key(0, mode)
    for degree in range(1, 8):
        for figure in relatives(key, str(degree)):
            shared = set(chord(key, str(degree)).pitches) & set(chord(key, figure).pitches)
            assert len(shared) == 2
            assert triad_of(key, int(figure)) != "altered"


@pytest.mark.parametrize("mood", MOODS)
def test_phrases_answer_each_other(mood: Mood) -> None:
    """Phrases begin alike; over ten seeds many second phrases differ from the first."""
    different = 0
    for seed in range(10):
        for mode in STYLES[mood].harmony:
            figures = phrases(passage(mood, 16), Key(2, mode), seed, 16)
            assert figures[0] == figures[8]
            different += figures[0:4] != figures[4:8] or figures[0:4] != figures[8:12]
    assert different >= 4 * len(STYLES[mood].harmony)


def test_a_passage_that_leads_on_ends_open() -> None:
    """Its last chord is not the tonic, whatever the progression."""
    for mood in MOODS:
        for mode in STYLES[mood].harmony:
            for seed in range(6):
                for count in range(4, 12):
                    assert phrases(passage(mood, 12), Key(0, mode), seed, count)[-1][0] != "1"


@pytest.mark.parametrize("mood", MOODS)
def test_the_piece_comes_home_by_a_dominant(mood: Mood) -> None:
    """Before the last chord, the tonic, there is the major triad on the fifth."""
    for mode in STYLES[mood].harmony:
        ending = passage(mood, 3, ring_out=1, name="ending")
        *_, dominant, tonic = (place.chord for place in harmonies(ending, Key(0, mode), 1))
        assert tonic.root == 0
        assert dominant.root == 7
        assert 11 in dominant.pitches


def test_jazz_has_sevenths() -> None:
    """Triads of the grammar get a fourth tone where the genre has them."""
    plain, jazz = (
        [place.chord for place in harmonies(passage("neutral", 8), Key(0, "major"), 1, sevenths=wanted)]
        for wanted in (False, True)
    )
    assert [found.root for found in plain] == [found.root for found in jazz]
    assert all(len(found.pitches) == 4 for found in jazz)
    assert all(len(found.pitches) == 3 for found in plain)


def bass(prompt: str, mood: Mood) -> list[int]:
    """The bass's pitches, in order of time."""
    score = compose(MusicBrief(duration=40, seed=4, mood=mood, prompt=prompt))
    notes = [note for part in score.parts if part.stem == "bass" for note in part.notes]
    return [note.pitch for note in sorted(notes, key=lambda note: note.start)]


def test_a_walking_bass_walks() -> None:
    """In jazz the bass moves on nearly every beat, by steps and small leaps."""
    pitches = bass("jazz", "neutral")
    moves = [abs(after - before) for before, after in pairwise(pitches)]
    assert sum(move > 0 for move in moves) >= 0.8 * len(moves)
    assert sum(move <= 5 for move in moves) >= 0.7 * len(moves)


def test_a_pulsing_bass_leads_into_the_next_chord() -> None:
    """Before its root moves a bass in eighths steps to a neighbour of the next root."""
    pitches = bass("", "epic")
    led = sum(
        abs(after - between) <= 3 and between not in (before, after)
        for before, between, after in zip(pitches, pitches[1:], pitches[2:], strict=False)
        if before != after
    )
    changes = sum(before != after for before, after in pairwise(pitches))
    assert led >= 4
    assert changes > led


def test_no_chord_of_the_grammar_is_empty() -> None:
    """Each figure of each mood gives two tones or more, the root first."""
    for style in STYLES.values():
        for mode, lines in style.harmony.items():
            for figure in {figure for line in lines for figure in line}:
                found: Chord = chord(Key(7, mode), figure)
                assert found.pitches[0] == found.root
                assert len(found.pitches) >= 2


def test_the_harmony_moves_on_sooner_where_a_mood_is_strong() -> None:
    """A calm passage holds its chords for two bars, a calm one made strong for one; a still epic one for two."""
    wanted: tuple[tuple[Mood, float], ...] = (("calm", 24.0), ("calm", 60.0), ("epic", 80.0), ("epic", 30.0))
    spans = {
        (mood, energy): [beats for _, beats in chord_spans(passage(mood, 8, energy=energy))]
        for mood, energy in wanted
    }
    assert spans["calm", 24.0] == spans["epic", 30.0] == [8.0] * 4
    assert spans["calm", 60.0] == spans["epic", 80.0] == [4.0] * 8
