"""A motif and its development."""

from itertools import pairwise

import pytest

from dalsegno.composer.motif import (
    BAR,
    CHOICES,
    DEVELOPMENTS,
    RHYTHMS,
    RHYTHMS_IN_THREE,
    TONES,
    Line,
    Theme,
    invent,
    phrase,
    spoken,
)
from dalsegno.composer.randomness import generator
from dalsegno.models import MOODS


def theme_of(seed: int) -> Theme:
    """A theme in the rhythm of a mood that leaves no rests."""
    return spoken(invent(generator(seed, "motif")), RHYTHMS["epic"], generator(seed, "rhythm"))


def degrees(line: Line) -> list[int]:
    """Its degrees."""
    return [tone.degree for tone in line]


@pytest.mark.parametrize("mood", MOODS)
def test_rhythms_fill_their_bar(mood: str) -> None:
    """Tones and rests add up to four beats, or three, and there are degrees for all tones."""
    rhythms = [(rhythm, BAR) for found, rhythms in RHYTHMS.items() if found == mood for rhythm in rhythms]
    for rhythm, beats in [*rhythms, *((rhythm, 3.0) for rhythm in RHYTHMS_IN_THREE)]:
        assert sum(map(abs, rhythm)) == beats
        assert sum(length > 0 for length in rhythm) <= TONES


def test_moods_have_rhythms_of_their_own() -> None:
    """Calm and energetic melodies share no rhythm, and the energetic ones have three times as many tones."""
    assert not set(RHYTHMS["calm"]) & set(RHYTHMS["energetic"])
    tones = {
        mood: sum(length > 0 for rhythm in RHYTHMS[mood] for length in rhythm)
        for mood in ("calm", "energetic")
    }
    assert tones["energetic"] >= 2.5 * tones["calm"]


def test_a_leap_is_followed_by_a_step_back() -> None:
    """Of a hundred motifs none leaps twice in a row, and each lies within two octaves."""
    for seed in range(100):
        shape = invent(generator(seed, "motif")).call
        moves = [after - before for before, after in pairwise(shape)]
        for move, following in pairwise(moves):
            if abs(move) > 2:
                assert abs(following) == 1
        assert max(shape) - min(shape) <= 11


def test_developments_make_something_else_of_the_call() -> None:
    """Sequence, inversion, fragments, augmentation and echo each do what they are called."""
    theme = theme_of(5)
    call = degrees(theme.call)
    bars = {name: [phrase(theme, bar, 8, name, BAR) for bar in range(3)] for name in DEVELOPMENTS}
    assert degrees(bars["sequence"][1]) == [degree - 1 for degree in call]
    assert degrees(bars["rising sequence"][2]) == [degree + 2 for degree in call]
    assert degrees(bars["inversion"][0]) == [2 * call[0] - degree for degree in call]
    half = [tone.degree for tone in theme.call if tone.beat < BAR / 2]
    assert degrees(bars["fragments"][0]) == half + [degree + 1 for degree in half]
    assert bars["augmentation"][0][0].beats == min(BAR, 2 * theme.call[0].beats)
    assert bars["echo"][1] == ()


def test_phrases_close_open_and_then_at_home() -> None:
    """The fourth bar ends on the fifth, the eighth on the tonic."""
    theme = theme_of(5)
    assert degrees(phrase(theme, 3, 16, "plain", BAR)) == [4]
    assert degrees(phrase(theme, 7, 16, "plain", BAR)) == [0]
    assert len(phrase(theme, 7, 0, "plain", BAR)) == 1
    assert degrees(phrase(theme, 5, 0, "plain", BAR)) == degrees(theme.answer)


def test_no_tone_leaves_its_bar() -> None:
    """Whatever the development and the bar's length, tones lie within the bar, one after another."""
    for seed in range(20):
        theme = theme_of(seed)
        for name in {name for names in CHOICES.values() for name in names}:
            for beats in (0.25, 1.0, 2.5, 3.0, 4.0, 5.0):
                for bar in range(8):
                    end = 0.0
                    for tone in phrase(theme, bar, 8, name, beats):
                        assert tone.beat >= end - 1e-9
                        end = tone.beat + tone.beats
                        assert tone.beats > 0
                    assert end <= beats
