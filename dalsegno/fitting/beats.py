"""Where the beats are, if the music has a steady one, and which of them begin bars."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalsegno.fitting.ending import Point
from dalsegno.fitting.recording import TICKS_A_SECOND, Recording
from dalsegno.fitting.spectrum import FRAMES_A_SECOND, Spectrum
from dalsegno.fitting.tracking import beat_period, repetition, tracked

# How well onsets must repeat after a beat, or two or four. Seen: noise 0.05, syllables at random 0.18,
# music that one can tap to 0.6 and more.
STEADY_PULSE = 0.25
FEWEST_BEATS = 6
# How far, in seconds, a beat may lie from where frames of 23 ms see it.
REACH = 0.04
NEARNESS = 0.02
METERS = (4, 3)
# By how much the bars' first beats must stand out against the others, in standard deviations.
CLEAR_BARS = 0.35
FEWEST_BARS = 4
BARS_A_PHRASE = 4


@dataclass(frozen=True)
class Beats:
    """The beats of a recording.

    Attributes:
        times: seconds of each beat.
        bpm: beats a minute: by their median interval.
        meter: beats a bar, or None where bars don't stand out.
        first_bar: the index of the first beat that begins a bar; 0 without a meter.
    """

    times: NDArray[np.float64]
    bpm: float
    meter: int | None
    first_bar: int

    @property
    def points(self) -> list[tuple[float, Point]]:
        """The seconds of each beat, and what begins with it: a phrase, a bar, or just the beat."""
        return [(float(time), self._point(index)) for index, time in enumerate(self.times)]

    def _point(self, index: int) -> Point:
        if self.meter is None or (index - self.first_bar) % self.meter:
            return "beat"
        return "bar" if (index - self.first_bar) // self.meter % BARS_A_PHRASE else "phrase"


def find_beats(recording: Recording, seen: Spectrum) -> Beats | None:
    """Tracks the beats; None where there is no steady one."""
    if seen.onsets.max() == seen.onsets.min():
        return None
    agreement = repetition(seen.onsets)
    period = beat_period(agreement)
    if period is None:
        return None
    frames = tracked(seen.onsets, period)
    if len(frames) < FEWEST_BEATS or pulse(agreement, float(np.median(np.diff(frames)))) < STEADY_PULSE:
        return None
    times = sharpened(frames / FRAMES_A_SECOND, recording.attacks)
    times = times[(times > 0) & (times < recording.seconds)]
    meter, first = bars(times, seen)
    return Beats(times, 60 / float(np.median(np.diff(times))), meter, first)


def pulse(agreement: NDArray[np.float64], period: float) -> float:
    """How well onsets repeat after one, two or four beats: the best of these.

    Args:
        agreement: see `repetition`.
        period: frames from beat to beat.
    """
    lags = [round(beats * period) for beats in (1, 2, 4)]
    near = [agreement[lag - 2 : lag + 3] for lag in lags if lag + 2 < len(agreement) / 2]
    return float(max((part.max() for part in near), default=0.0))


def sharpened(times: NDArray[np.float64], attacks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats moved to the attacks next to them; those without one move as the others do."""
    reach = round(REACH * TICKS_A_SECOND)
    offsets = np.arange(-reach, reach + 1)
    nearness = np.exp(-0.5 * (offsets / (NEARNESS * TICKS_A_SECOND)) ** 2)
    padded = np.pad(attacks, reach)
    places = np.clip(np.round(times * TICKS_A_SECOND).astype(int), 0, len(attacks) - 1)
    around = padded[places[:, None] + np.arange(2 * reach + 1)] * nearness
    strength = around.max(axis=1)
    shifts = offsets[around.argmax(axis=1)] / TICKS_A_SECOND
    clear = strength > 0.5 * np.median(strength)
    shifts[~clear] = np.median(shifts[clear]) if clear.any() else 0.0
    return np.maximum.accumulate(times + shifts)


def bars(times: NDArray[np.float64], seen: Spectrum) -> tuple[int | None, int]:
    """The meter and its first bar, by where accents fall and harmony changes."""
    frames = np.clip(np.round(times * FRAMES_A_SECOND).astype(int), 0, len(seen.onsets) - 1)
    edges = np.append(frames, len(seen.onsets))
    accents = np.array([seen.onsets[max(0, frame - 1) : frame + 3].max() for frame in frames])
    chords = np.array(
        [seen.harmony[start : max(end, start + 1)].mean(axis=0) for start, end in itertools.pairwise(edges)]
    )
    changes = np.concatenate(([0.0], np.linalg.norm(np.diff(chords, axis=0), axis=1)))
    weight = standard(accents) + standard(changes)
    best: tuple[float, int | None, int] = (CLEAR_BARS, None, 0)
    for meter in METERS:
        if len(times) < FEWEST_BARS * meter:
            continue
        for first in range(meter):
            on = np.arange(len(times)) % meter == first
            clarity = float(weight[on].mean() - weight[~on].mean()) / 2
            if clarity > best[0]:
                best = (clarity, meter, first)
    return best[1], best[2]


def standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as standard deviations from their mean."""
    scaled: NDArray[np.float64] = (values - values.mean()) / max(float(values.std()), 1e-9)
    return scaled
