"""Music ends where it should: on a musical point with a fade, or as it was made to."""

from collections.abc import Callable

import numpy as np
import pytest

from dalsegno.fitting.ending import Cut, choose_cut
from tests.support.foreign_music import RATE, Fitted, band, clicks, pad


def test_the_cut_falls_on_a_bar_and_fades_to_silence(make: Callable[..., Fitted]) -> None:
    """Of a metronome at 97, four beats a bar: within 25 ms of a bar's beginning."""
    made = make(clicks(60, 97), duration=30)
    cut = made.sheet["fitting"]["cut"]
    assert cut["point"] in ("bar", "phrase")
    bar = 4 * 60 / 97
    assert abs(cut["time"] / bar - round(cut["time"] / bar)) * bar < 0.025
    assert 1.5 <= 30 - cut["time"] <= 8
    assert np.abs(made.master[-1]).max() == 0
    assert (
        f"Cut at {cut['time']:.2f} s on a {cut['point']}, with a fade from there to the end."
        in made.result.notes
    )


def test_the_fade_falls_steadily_to_silence(make: Callable[..., Fitted]) -> None:
    """Each quarter of it has less power than the one before; the last sample has none."""
    made = make(band(20), duration=12)
    tail = made.master[round(made.sheet["fitting"]["cut"]["time"] * RATE) :]
    powers = [np.square(piece).mean() for piece in np.array_split(tail, 4)]
    assert powers == sorted(powers, reverse=True)
    assert powers[-1] < 0.15 * powers[0]
    assert np.abs(made.master[-1]).max() == 0


def test_music_without_a_beat_is_cut_on_an_attack(make: Callable[..., Fitted]) -> None:
    """Where there is no beat the cue sheet says so."""
    made = make(pad(20), duration=8)
    assert made.sheet["fitting"]["cut"]["point"] == "attack"
    assert any("for want of a beat" in note for note in made.result.notes)
    assert made.sheet["tempo_map"] == []


def test_an_ending_that_dies_away_is_kept(make: Callable[..., Fitted]) -> None:
    """A second more than wanted, all of it dying away: no cut, and the last loud moment is still there."""
    audio = band(11)
    audio[9 * RATE :] *= 10 ** (-30 * np.linspace(0, 1, 2 * RATE) / 20)[:, None]
    audio[round(9.8 * RATE) :] *= 0.1
    made = make(audio, subtype="PCM_24", duration=10)
    assert made.sheet["fitting"]["cut"] is None
    assert made.result.notes[-1] == "Kept the music's own ending."
    last = made.master[round(9.5 * RATE) : round(9.6 * RATE)]
    assert np.abs(last).max() > 0.05


def test_music_that_lacks_a_moment_is_not_looped(make: Callable[..., Fitted]) -> None:
    """A fifth of a second of silence after the end is no reason to repeat anything."""
    made = make(band(9.8), duration=10)
    assert made.sheet["fitting"]["loop"] is None
    assert made.sheet["fitting"]["cut"] is None
    assert np.abs(made.master[round(9.85 * RATE) :]).max() < 1e-4


@pytest.mark.parametrize(
    ("beats", "attacks", "chosen"),
    [
        ([(25.0, "beat"), (25.5, "bar"), (26.0, "phrase")], [], Cut(26.0, "phrase")),
        ([(25.0, "beat"), (25.5, "bar"), (10.0, "phrase")], [], Cut(25.5, "bar")),
        ([(10.0, "bar")], [(26.0, 0.5), (27.0, 2.0), (10.0, 9.0)], Cut(27.0, "attack")),
        ([], [(27.0, 0.0)], Cut(26.5, "time")),
    ],
)
def test_the_best_point_near_the_end_is_cut_on(
    beats: list[tuple[float, str]], attacks: list[tuple[float, float]], chosen: Cut
) -> None:
    """A phrase before a bar, a bar before a beat; else the strongest attack; else a good time."""
    assert choose_cut(beats, attacks, 30.0) == chosen  # type: ignore[arg-type]  # names of points, as a test has them
