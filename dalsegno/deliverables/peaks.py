"""What a waveform display needs to know of a recording, read in one pass."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

# Frames read at once: bounds the memory, however long the recording and however few the buckets.
BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class Peaks:
    """The recording in buckets of equal length, over all channels; full scale is 1.

    Attributes:
        lowest: shape (buckets,), the lowest sample of each bucket, 0 at most.
        highest: shape (buckets,), the highest sample of each bucket, 0 at least.
        rms: shape (buckets,), the root mean square of each bucket.
    """

    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    rms: NDArray[np.float64]


def peaks(master: Path, buckets: int) -> Peaks:
    """Reads a recording in blocks, in memory that does not grow with its length.

    Args:
        master: any file that libsndfile opens.
        buckets: how many columns the display has, 1 or more. A bucket that no sample falls into (a recording
            shorter than that) is silent.

    Raises:
        ValueError: `buckets` is less than 1.
        soundfile.LibsndfileError: the file is not there or not a recording.
    """
    if buckets < 1:
        raise ValueError(f"a waveform has at least one bucket, not {buckets}")
    lowest, highest, power = np.zeros(buckets), np.zeros(buckets), np.zeros(buckets)
    with soundfile.SoundFile(master) as recording:
        edges = [recording.frames * bucket // buckets for bucket in range(buckets + 1)]
        for bucket, (start, end) in enumerate(pairwise(edges)):
            for block in recording.blocks(BLOCK_FRAMES, frames=end - start, always_2d=True):
                lowest[bucket] = min(lowest[bucket], block.min())
                highest[bucket] = max(highest[bucket], block.max())
                power[bucket] += np.square(block).sum() / (block.shape[1] * (end - start))
    return Peaks(lowest, highest, np.sqrt(power))
