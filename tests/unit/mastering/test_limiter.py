"""The limiter, on peaks of every kind."""

import numpy as np

from dalsegno.mastering.limiter import limiting


def test_the_limiter_never_lets_a_peak_through() -> None:
    """The gain times any peak stays at or below the ceiling, at its grain and those beside it."""
    rng = np.random.default_rng(3)
    peaks = np.abs(rng.standard_normal(20_000)) ** 3
    gains = limiting(peaks, 0.8)
    for shift in (-1, 0, 1):
        assert (np.roll(gains, shift)[1:-1] * peaks[1:-1] <= 0.8 + 1e-9).all()
    assert gains.max() <= 1


def test_the_limiter_leaves_quiet_music_alone() -> None:
    """Where no peak reaches the ceiling the gain is one."""
    assert (limiting(np.full(5_000, 0.5), 0.8) == 1).all()
