"""Fitted music is mastered like all else, by ffmpeg's measure."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.support.foreign_music import Audio, Fitted, band, hear, pad

DELIVERED: dict[str, Callable[[], Audio]] = {
    "quiet": lambda: band(12) * 0.003,
    "clipped": lambda: np.clip(band(12) * 8, -1, 1),
    "offset": lambda: band(12) * 0.5 + 0.3,
    "soft": lambda: pad(12),
}


@pytest.mark.parametrize("delivered", DELIVERED)
def test_any_delivery_is_mastered_alike(delivered: str, make: Callable[..., Fitted]) -> None:
    """The master is at -14 LUFS and at -1 dBTP at most, the preview one dB below it."""
    made = make(DELIVERED[delivered](), subtype="PCM_24", duration=10)
    master, preview = hear(made.folder / "master.wav"), hear(made.folder / "preview.mp3")
    assert abs(master.loudness + 14) <= 0.3
    assert master.true_peak <= -1.0
    assert abs(preview.loudness + 15) <= 0.4
    assert preview.true_peak <= -1.0


def test_the_highest_treble_hides_no_peak(make: Callable[..., Fitted]) -> None:
    """Peaks between samples are found, too, where short sounds at 21 kHz pass their samples by."""
    audio = 0.3 * pad(8)
    length = np.arange(-48, 49) / 48_000
    burst = 0.5 * np.sin(2 * np.pi * 21_000 * length) * np.exp(-0.5 * (length / 0.0001) ** 2)
    for start in range(24_000, len(audio) - 4_800, 24_000):
        audio[start : start + len(burst)] += burst[:, None]
    made = make(audio, subtype="PCM_24", duration=6)
    assert made.sheet["mastering"]["limited_db"] < -1
    master = hear(made.folder / "master.wav")
    assert abs(master.loudness + 14) <= 0.3
    assert master.true_peak <= -1.0


def test_scenes_and_loops_keep_the_loudness(looped_band: Fitted) -> None:
    """So is what was looped and rides with its scenes."""
    master = hear(looped_band.folder / "master.wav")
    assert abs(master.loudness + 14) <= 0.3
    assert master.true_peak <= -1.0


def test_direct_current_is_gone(make: Callable[..., Fitted]) -> None:
    """An offset neither stays nor thumps as it is taken away, and the cue sheet tells of it."""
    made = make(band(12) * 0.3 + np.array([0.4, -0.2]), subtype="PCM_24", duration=8)
    assert np.abs(made.master.mean(axis=0)).max() < 1e-3
    assert "Removed direct current." in made.sheet["fitting"]["done"]
    clean = make(band(12) * 0.3, subtype="PCM_24", duration=8)
    assert np.abs(made.master[:2_400] - clean.master[:2_400]).max() < 0.02
