"""A gentle filter that follows the scenes: the calmer one is, the softer its treble."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

from dalsegno.fitting.survey import Samples
from dalsegno.models import SAMPLE_RATE, Scene

CORNER_HZ = 2_500.0
# Decibels of treble per point of energy below the strongest scene, and at most.
TREBLE_A_POINT = 0.1
SOFTEST_DB = -7.0


class Tone:
    """A shelf of first order whose treble moves with time; what lies below it is left alone.

    Args:
        scenes: in order, without gaps.
        ramp: seconds that a change takes; it is done where the scene begins.
    """

    def __init__(self, scenes: Sequence[Scene], ramp: float) -> None:
        strongest = max(scene.energy for scene in scenes)
        self.treble_db = [max(SOFTEST_DB, TREBLE_A_POINT * (scene.energy - strongest)) for scene in scenes]
        self._times, self._levels = steps([scene.start for scene in scenes], self.treble_db, ramp)
        self._filter = butter(1, CORNER_HZ, fs=SAMPLE_RATE)
        self._state = np.zeros((1, 2))

    def play(self, audio: Samples, start: int) -> Samples:
        """The next block, n by 2, whose first frame has the number `start`."""
        low, self._state = lfilter(*self._filter, audio, axis=0, zi=self._state)
        seconds = (start + np.arange(len(audio))) / SAMPLE_RATE
        treble = 10 ** (np.interp(seconds, self._times, self._levels) / 20)
        return np.asarray(low + treble[:, None] * (audio - low), np.float32)


def steps(
    starts: Sequence[float], levels: Sequence[float], ramp: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels that each hold from a start on, as corners of a curve; changes take `ramp` seconds, or what there is."""
    times, values = [0.0], [levels[0]]
    for start, level in zip(starts[1:], levels[1:], strict=True):
        times += [max(times[-1], start - ramp), start]
        values += [values[-1], level]
    return np.array(times), np.array(values)
