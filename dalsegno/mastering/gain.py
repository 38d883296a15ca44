"""The gain curves of mastering, one value a grain: scenes' energy made audible, a gentle bus compressor, loudness."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import uniform_filter1d

from dalsegno.mastering.limiter import limiting
from dalsegno.mastering.loudness import (
    GRAIN,
    GRAINS_A_SECOND,
    Grains,
    Measured,
    block_energies,
    decibels,
    integrated,
)

TARGET_LUFS = -14.0
CEILING_DBTP = -1.3
# A scene's loudness against the others, per point of energy: 70 points are 9.8 LU.
LU_A_POINT = 0.14
MIDDLE_ENERGY = 55.0
FURTHEST_RIDE_DB = 12.0
# The bus compressor: ratio 1.6 over a threshold about the piece's own loudness.
COMPRESSOR_SLOPE = 1 - 1 / 1.6
COMPRESSOR_WINDOW = 0.3
COMPRESSOR_ABOVE = 3.0
LOUDNESS_TOLERANCE = 0.03
TRIES = 8


def riding(starts: Sequence[float], strengths: Sequence[float], energy: Grains, ramp: float) -> Grains:
    """Moves each section's loudness to what its energy asks for, against the piece's middle.

    A section's level changes within the moment before it begins, so that its first beat is at full strength.

    Args:
        starts: where each section begins, in seconds, in order; the first one at 0.
        strengths: the energy of each section, 0..100.
        energy: K-weighted energy of each grain.
        ramp: seconds that a change takes.
    """
    edges = [round(start * GRAINS_A_SECOND) for start in starts] + [len(energy)]
    spans = list(itertools.pairwise(edges))
    present = np.array(
        [decibels(block_energies(energy[start:end]).mean()) if end > start else -70 for start, end in spans]
    )
    wanted = np.array([LU_A_POINT * (strength - MIDDLE_ENERGY) for strength in strengths])
    weights = np.array([max(1, end - start) for start, end in spans], dtype=float)
    heard = present > -60
    if not heard.any():
        return np.ones(len(energy))
    offset = np.average((wanted - present)[heard], weights=weights[heard])
    change = np.where(heard, np.clip(wanted - present - offset, -FURTHEST_RIDE_DB, FURTHEST_RIDE_DB), 0.0)
    width = round(ramp * GRAINS_A_SECOND)
    times: list[float] = []
    levels: list[float] = []
    for (start, _), level in zip(spans, change, strict=True):
        if times:
            times.append(max(times[-1] + 1, start - width))
            levels.append(levels[-1])
        times.append(max(start - 1, times[-1] + 1) if times else 0)
        levels.append(level)
    curve = np.interp(np.arange(len(energy)), times, levels)
    gains: Grains = 10 ** (curve / 20)
    return gains


def compressing(energy: Grains) -> Grains:
    """A gentle compressor over the whole mix, by its loudness in windows of `COMPRESSOR_WINDOW`."""
    width = round(COMPRESSOR_WINDOW * GRAINS_A_SECOND)
    level = 10 * np.log10(uniform_filter1d(energy / GRAIN, width, mode="nearest").clip(1e-10))
    threshold = integrated(energy) + 0.691 + COMPRESSOR_ABOVE
    over = np.maximum(level - threshold, 0)
    gains: Grains = 10 ** (-over * COMPRESSOR_SLOPE / 20)
    return gains


def levelled(measured: Measured, shape: Grains) -> tuple[float, Grains]:
    """The gain that brings the shaped and limited mix to `TARGET_LUFS`, and the limiter's curve for it."""
    energy = measured.energy * shape**2
    peak = measured.peak * shape
    ceiling = 10 ** (CEILING_DBTP / 20)
    gain_db = TARGET_LUFS - integrated(energy)
    limiter = np.ones(len(peak))
    for _ in range(TRIES):
        gain = 10 ** (gain_db / 20)
        limiter = limiting(peak * gain, ceiling)
        missing = TARGET_LUFS - integrated(energy * (gain * limiter) ** 2)
        if abs(missing) < LOUDNESS_TOLERANCE:
            break
        gain_db += missing
    return 10 ** (gain_db / 20), limiter
