"""A loop is not heard: no click, no stumble, no dent."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.support.foreign_music import RATE, Audio, Fitted, band, clicks, pad


def attacks(audio: Audio) -> Audio:
    """The seconds of loud clicks, each where it first passes half of what is loudest near it."""
    level = np.abs(audio).max(axis=1)
    loud = np.flatnonzero(level > 0.4 * level[: len(level) // 2].max())
    starts = loud[np.concatenate(([True], np.diff(loud) > RATE // 10))]
    return np.asarray(starts / RATE, np.float64)


@pytest.mark.parametrize("bpm", [83.7, 120])
def test_beats_stay_even_over_the_seam(bpm: float, make: Callable[..., Fitted]) -> None:
    """A metronome goes on as if nothing had been, within 15 ms, and the first beats of bars keep their places."""
    made = make(clicks(16, bpm), duration=30)
    told = made.sheet["fitting"]
    assert told["method"] == "beats"
    assert told["loop"]["seams"]
    assert made.sheet["tempo_map"][0]["bpm"] == pytest.approx(bpm, rel=0.01)
    until = told["cut"]["time"] if told["cut"] else 29.7
    heard = attacks(made.master)
    intervals = np.diff(heard[heard < until])
    assert len(intervals) > 20 * bpm / 60
    assert np.abs(intervals - 60 / bpm).max() < 0.015
    # High clicks have more sign changes: each fourth one is.
    firsts = [pitch(made.master, time) > 1_250 for time in heard[heard < until]]
    assert firsts == [number % 4 == 0 for number in range(len(firsts))]


def pitch(audio: Audio, time: float) -> float:
    """The frequency of a click, in Hz, by its sign changes."""
    start = round(time * RATE)
    piece = audio[start : start + RATE // 100, 0]
    return float(np.count_nonzero(np.diff(np.sign(piece))) / 2 / (len(piece) / RATE))


def test_nothing_clicks_at_the_seam(looped_band: Fitted) -> None:
    """The highest step from sample to sample near a seam is no higher than elsewhere in the same scene."""
    audio = looped_band.master
    steps = np.abs(np.diff(audio, axis=0)).max(axis=1)
    for seam in looped_band.sheet["fitting"]["loop"]["seams"]:
        place = round(seam * RATE)
        around = steps[place - 4 * RATE : place + 4 * RATE].max()
        assert steps[place - RATE // 10 : place + 10].max() <= around
        # Just before the beat nothing is struck: a step there would be the seam's own.
        assert steps[place - RATE // 25 : place - RATE // 200].max() < 0.5 * around


def test_a_seam_without_a_beat_keeps_the_level(make: Callable[..., Fitted]) -> None:
    """Sounds that don't agree in phase are joined at equal power: no dent, no bulge, by 2 dB."""
    made = make(pad(14), duration=24)
    told = made.sheet["fitting"]
    assert told["method"] == "similarity"
    assert any("it has no steady beat" in sentence for sentence in told["done"])
    assert made.result.notes == told["done"]
    (seam, *_) = told["loop"]["seams"]
    middle = round((seam - told["loop"]["crossfade"] / 2) * RATE)

    def level(first: int, last: int) -> float:
        return float(10 * np.log10(np.square(made.master[first:last]).mean()))

    width = RATE // 4
    neighbours = level(middle - 3 * width, middle - 2 * width), level(middle + 2 * width, middle + 3 * width)
    at_seam = level(middle - width // 2, middle + width // 2)
    assert min(neighbours) - 2 < at_seam < max(neighbours) + 2


def test_equal_waves_are_joined_to_the_same_wave(make: Callable[..., Fitted]) -> None:
    """Music that repeats exactly sounds, looped, as if it had been played for longer."""
    once = band(8, bpm=120)[:, :1].repeat(2, axis=1)
    made = make(np.concatenate([once, once]), subtype="PCM_24", duration=22, name="short.wav")
    longer = make(np.tile(once, (4, 1)), subtype="PCM_24", duration=22, name="long.wav")
    assert made.sheet["fitting"]["loop"]["waves_agree"] > 0.98
    before_cut = round(17 * RATE)
    difference = made.master[:before_cut] - longer.master[:before_cut]
    assert np.square(difference).mean() < 1e-3 * np.square(longer.master[:before_cut]).mean()
