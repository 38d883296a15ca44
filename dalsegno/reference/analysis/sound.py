"""A clip's samples and their short-time spectra."""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

# All analysis is done at this rate, on the mean of all channels.
RATE = 22_050
LONGEST_SECONDS = 15.0
# The quietest that counts as sound, against full scale: below lies the noise of 16 bits.
SILENCE = 10 ** (-70 / 20)

Samples = NDArray[np.float32]
Matrix = NDArray[np.float32]


def read_clip(path: Path) -> Samples:
    """The beginning of a sound file in mono at `RATE`, its peak at 1; nothing at all if it is silent.

    Args:
        path: a file that libsndfile reads, of any rate and number of channels.
    """
    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        audio = file.read(round(LONGEST_SECONDS * rate), dtype="float32", always_2d=True)
    # Floating point files may hold anything at all, infinities too.
    sides = np.clip(np.nan_to_num(audio, nan=0.0), -1e3, 1e3)
    mono = sides.mean(axis=1)
    mono -= mono.mean() if len(mono) else 0
    if not len(mono) or np.abs(mono).max() < SILENCE:
        return np.zeros(0, np.float32)
    resampled: Samples = soxr.resample(mono / np.abs(mono).max(), rate, RATE).astype(np.float32)
    return resampled


def power_spectra(audio: Samples, window: int, hop: int) -> Matrix:
    """Power spectra under Hann windows, one row each `hop` samples, the first one centred on the first sample.

    A full-scale sine has a power of 1 in its bin.
    """
    padded = np.pad(audio, window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    taper = (np.hanning(window + 1)[:-1] * 4 / window).astype(np.float32)
    spectra: Matrix = np.square(np.abs(np.fft.rfft(frames * taper, axis=1))).astype(np.float32)
    return spectra
