import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dalsegno.deliverables.peaks import peaks


def test_peaks_are_the_extremes_of_each_stretch_over_all_channels(tmp_path: Path) -> None:
    """Each bucket holds the lowest and highest sample of its stretch, whichever channel has it."""
    left = np.array([0.1, 0.5, 0.0, 0.25])
    right = np.array([-0.3, 0.0, -0.75, 0.0])
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([left, right], axis=1), 48_000, subtype="PCM_24")

    found = peaks(path, 2)

    assert found.highest == pytest.approx([0.5, 0.25], abs=1e-6)
    assert found.lowest == pytest.approx([-0.3, -0.75], abs=1e-6)
    assert found.rms == pytest.approx([np.sqrt(0.35 / 4), np.sqrt(0.625 / 4)], abs=1e-6)


def test_every_sample_falls_into_a_bucket(tmp_path: Path) -> None:
    """A single click is seen wherever it lies, also where the length is no multiple of the buckets."""
    for position in (0, 499, 500, 1000, 1002):
        samples = np.zeros(1003)
        samples[position] = 0.5
        soundfile.write(tmp_path / "click.wav", samples, 48_000, subtype="PCM_24")

        assert peaks(tmp_path / "click.wav", 7).highest.max() == pytest.approx(0.5, abs=1e-6)


def test_more_buckets_than_samples_leave_the_empty_ones_silent(tmp_path: Path) -> None:
    """A recording shorter than the display is drawn, not refused."""
    soundfile.write(tmp_path / "short.wav", np.full(3, 0.5), 48_000, subtype="PCM_24")

    found = peaks(tmp_path / "short.wav", 9)

    assert len(found.highest) == 9
    assert np.count_nonzero(found.highest) == 3


def test_no_bucket_is_refused(recording: Callable[..., Path]) -> None:
    """A waveform without columns makes no sense."""
    with pytest.raises(ValueError, match="at least one bucket"):
        peaks(recording(), 0)


def test_memory_does_not_grow_with_the_recording(recording: Callable[..., Path]) -> None:
    """A minute in one bucket is read in blocks: the whole of it would be 46 MB."""
    minute = recording(seconds=60)
    tracemalloc.start()
    try:
        peaks(minute, 1)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 8_000_000
