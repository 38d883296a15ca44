"""Loudness after ITU-R BS.1770-4 and true peak after its annex 2, measured block by block.

Both come as one value a grain of `GRAIN` samples, so that a gain that moves slowly can be applied to the
measurement instead of the audio.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import sosfilt

from dalsegno.models import SAMPLE_RATE

GRAIN = 16
GRAINS_A_SECOND = SAMPLE_RATE // GRAIN
HOP = GRAINS_A_SECOND // 10  # Gating blocks of 400 ms overlap by three quarters.
BLOCK_HOPS = 4
SILENCE_LUFS = -70.0

# The K-weighting filter for 48 kHz, as the recommendation prints it.
K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
OVERSAMPLING = 4
# Samples to either side that an interpolated one is made from. Six do for music whose treble is soft; what may hold
# anything up to 24 kHz needs more.
REACH, FAR_REACH = 6, 24

Grains = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """One value a grain.

    Attributes:
        energy: K-weighted sum of squares, both channels.
        peak: the true peak, linear.
    """

    energy: Grains
    peak: Grains


class PeakMeter:
    """Measures the true peaks of stereo audio that is fed in blocks, each but the last a multiple of `GRAIN`.

    Peaks are reported up to `reach` samples late: the samples after a block are not known yet.

    Args:
        floor: grains whose samples all lie below it are not interpolated; they cannot hold the highest peak
            of audio that reaches twice as far.
        share: the same, as a share of the highest sample of each block.
        reach: samples to either side that an interpolated one is made from.
    """

    def __init__(self, floor: float = 0.0, share: float = 0.0, reach: int = REACH) -> None:
        self.floor, self.share, self.reach = floor, share, reach
        self._history = np.zeros((2, 2 * reach), np.float32)
        self._peak: list[Grains] = []

    def feed(self, audio: Floats) -> None:
        """Takes the next samples, 2 by n."""
        extended = np.concatenate((self._history, audio), axis=1)
        self._history = extended[:, -2 * self.reach :]
        count = -(-audio.shape[1] // GRAIN)
        extended = np.ascontiguousarray(np.pad(extended, ((0, 0), (0, count * GRAIN - audio.shape[1]))))
        windows = sliding_window_view(extended, GRAIN + 2 * self.reach, axis=1)[:, ::GRAIN].reshape(
            2 * count, -1
        )
        peaks = np.abs(windows).max(axis=1)
        high = peaks >= max(self.floor, self.share * float(peaks.max(initial=0)))
        peaks[high] = np.abs(windows[high] @ interpolation(self.reach)).max(axis=1)
        self._peak.append(peaks.reshape(2, count).max(axis=0).astype(np.float64))

    def peaks(self) -> Grains:
        """The true peak of each grain so far, linear."""
        return np.concatenate(self._peak)


class Meter:
    """Measures loudness and true peaks of stereo audio that is fed in blocks, as `PeakMeter` does."""

    def __init__(self, floor: float = 0.0, share: float = 0.0, reach: int = REACH) -> None:
        self._filter = np.zeros((2, 2, 2))
        self._energy: list[Grains] = []
        self._peaks = PeakMeter(floor, share, reach)

    def feed(self, audio: Floats) -> None:
        """Takes the next samples, 2 by n."""
        weighted, self._filter = sosfilt(K_WEIGHTING, audio, axis=-1, zi=self._filter)
        self._energy.append(grains(np.square(weighted).sum(axis=0)).sum(axis=1))
        self._peaks.feed(audio)

    def measured(self) -> Measured:
        """All that was fed."""
        return Measured(np.concatenate(self._energy), self._peaks.peaks())


@cache
def interpolation(reach: int) -> Floats:
    """Turns a window of `GRAIN` + 2 `reach` samples into its middle, `OVERSAMPLING` times as fine.

    Columns are Kaiser-windowed sincs; every `OVERSAMPLING`th one is a sample itself.
    """
    distance = (
        np.arange(GRAIN * OVERSAMPLING)[None, :] / OVERSAMPLING
        + reach
        - np.arange(GRAIN + 2 * reach)[:, None]
    )
    inside = np.clip(1 - (distance / (reach + 0.5)) ** 2, 0, 1)
    kernel = np.sinc(distance) * np.i0(6.0 * np.sqrt(inside)) / np.i0(6.0)
    kernel[np.abs(distance) > reach] = 0
    return kernel.astype(np.float32)


def grains(values: NDArray[np.floating], size: int = GRAIN) -> Grains:
    """Values in rows of `size`, the last one filled up with silence."""
    missing = -len(values) % size
    return np.pad(values.astype(np.float64), (0, missing)).reshape(-1, size)


def block_energies(energy: Grains) -> Grains:
    """Mean square of each gating block of 400 ms; a shorter piece is one block."""
    hops = energy[: len(energy) // HOP * HOP].reshape(-1, HOP).sum(axis=1)
    if len(hops) < BLOCK_HOPS:
        return np.array([energy.sum() / max(len(energy) * GRAIN, 1)])
    blocks: Grains = np.convolve(hops, np.ones(BLOCK_HOPS), "valid") / (BLOCK_HOPS * HOP * GRAIN)
    return blocks


def integrated(energy: Grains) -> float:
    """Integrated loudness in LUFS, gated at -70 LUFS and at 10 LU below what remains; -70 for silence."""
    blocks = block_energies(energy)
    blocks = blocks[blocks > 10 ** ((SILENCE_LUFS + 0.691) / 10)]
    if not len(blocks):
        return SILENCE_LUFS
    blocks = blocks[blocks > blocks.mean() * 0.1]
    return decibels(blocks.mean())


def decibels(mean_square: float) -> float:
    """Mean square as LUFS."""
    return float(-0.691 + 10 * np.log10(max(mean_square, 1e-12)))


def peak_decibels(peaks: Iterable[float] | Grains) -> float:
    """The highest of linear peaks, in dBTP."""
    return float(20 * np.log10(max(float(np.max(np.asarray(peaks))), 1e-9)))
