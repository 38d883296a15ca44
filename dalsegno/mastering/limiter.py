"""A look-ahead limiter that works on true peaks, as a gain curve of one value a grain."""

import numpy as np
from scipy.ndimage import convolve1d, minimum_filter1d

from dalsegno.mastering.loudness import GRAINS_A_SECOND, Grains

LOOK_AHEAD = 0.002
RELEASE_DB_A_SECOND = 80.0


def limiting(peak: Grains, ceiling: float) -> Grains:
    """The gain that keeps peaks below a ceiling.

    Falls within the look-ahead, smoothly; rises by `RELEASE_DB_A_SECOND`. At every grain, and halfway to its
    neighbours, the curve lies at or below what the peaks there allow.

    Args:
        peak: true peak of each grain, linear.
        ceiling: linear.

    Returns:
        Gains in 0..1.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    decibels = 20 * np.log10(needed)
    climb = RELEASE_DB_A_SECOND / GRAINS_A_SECOND * np.arange(len(decibels))
    released = np.minimum(np.minimum.accumulate(decibels - climb) + climb, 0.0)
    width = 2 * round(LOOK_AHEAD * GRAINS_A_SECOND / 2) + 1
    held = minimum_filter1d(10 ** (released / 20), 2 * width + 3, mode="nearest")
    window = np.hanning(2 * width + 3)[1:-1]
    smooth: Grains = convolve1d(held, window / window.sum(), mode="nearest")
    return np.minimum(smooth, 1.0)
