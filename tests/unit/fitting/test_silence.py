"""What is silent at the ends goes before anything else."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.support.foreign_music import RATE, Fitted, band


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_silent_ends_are_removed(noise: float, make: Callable[..., Fitted]) -> None:
    """Three seconds before and five after, digital or with hiss: the music starts at once, and the sheet tells."""
    music = band(9)
    whole = np.concatenate([np.zeros((3 * RATE, 2)), music, np.zeros((5 * RATE, 2))])
    whole += noise * np.random.default_rng(1).normal(size=whole.shape)
    made = make(whole, subtype="PCM_24", duration=6)
    head, tail = made.sheet["fitting"]["removed"]
    assert head["what"] == "silent head"
    assert head["end"] == pytest.approx(3, abs=0.05)
    assert tail["what"] == "silent tail"
    assert tail["start"] == pytest.approx(12, abs=0.15)
    assert any("Removed a silent head of 2.9" in note or "head of 3.0" in note for note in made.result.notes)
    assert np.abs(made.master[: RATE // 20]).max() > 0.05


def test_a_loop_never_plays_the_silence(make: Callable[..., Fitted]) -> None:
    """Half a file of silence, looped to four times the music: no quarter of a second before the fade is silent."""
    made = make(np.concatenate([band(6), np.zeros((6 * RATE, 2))]), duration=24)
    until = round(made.sheet["fitting"]["cut"]["time"] * RATE) if made.sheet["fitting"]["cut"] else 23 * RATE
    quarters = made.master[: until // (RATE // 4) * (RATE // 4)].reshape(-1, RATE // 4, 2)
    assert np.abs(quarters).max(axis=(1, 2)).min() > 0.02
