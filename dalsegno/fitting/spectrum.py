# ruff: noqa: PLC0415 - librosa takes seconds to load: only the process that fits music does so
"""What a recording sounds like over time: timbre, harmony and onsets, a frame every 23 ms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalsegno.fitting.recording import Recording
from dalsegno.fitting.survey import Samples
from dalsegno.models import SAMPLE_RATE

# Beats and harmony are found at this rate, on the sum of both sides.
RATE = 22_050
WINDOW, HOP = 2_048, 512
FRAMES_A_SECOND = RATE / HOP
BANDS = 64
# Bands this far below the loudest one are not heard.
RANGE_DB = 70.0
BLOCK_FRAMES = 512

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Spectrum:
    """One row a frame; frame n is centred on n / `FRAMES_A_SECOND` seconds.

    Attributes:
        timbre: decibels in `BANDS` mel bands, from -`RANGE_DB` to 0.
        harmony: strength of the twelve pitch classes, each row of length 1 (0 in silence).
        onsets: strength of onsets, shape (frames,).
    """

    timbre: Matrix
    harmony: Matrix
    onsets: NDArray[np.float64]


def spectrum(recording: Recording, progress: Callable[[float], None]) -> Spectrum:
    """Analyses a recording block by block."""
    import librosa.feature
    import librosa.filters
    import librosa.onset

    mel = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS)
    chroma = librosa.filters.chroma(sr=RATE, n_fft=WINDOW)
    taper = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    mels, chromas = [], []
    done = 0
    for frames in framed(mono(recording)):
        power = np.square(np.abs(np.fft.rfft(frames * taper, axis=1))).astype(np.float32)
        mels.append(power @ mel.T)
        chromas.append(power @ chroma.T)
        done += len(frames)
        progress(min(1.0, done / (recording.seconds * FRAMES_A_SECOND)))
    levels = 10 * np.log10(np.concatenate(mels) + 1e-10)
    timbre = np.maximum(levels - levels.max(), -RANGE_DB).astype(np.float32)
    harmony = np.concatenate(chromas)
    harmony /= np.maximum(np.linalg.norm(harmony, axis=1, keepdims=True), 1e-6)
    onsets = librosa.onset.onset_strength(S=timbre.T, sr=RATE, hop_length=HOP, center=False)
    return Spectrum(timbre, harmony, np.asarray(onsets, np.float64)[: len(timbre)])


def mono(recording: Recording) -> Iterator[Samples]:
    """Yields the sum of both sides at `RATE`, in pieces."""
    import soxr

    resampler = soxr.ResampleStream(SAMPLE_RATE, RATE, 1, dtype="float32", quality="HQ")
    size = SAMPLE_RATE * 5
    for start in range(0, recording.frames, size):
        audio = recording.read(start, start + size).mean(axis=1)
        yield resampler.resample_chunk(audio, last=start + size >= recording.frames)


def framed(pieces: Iterator[Samples]) -> Iterator[Samples]:
    """Yields overlapping windows, `BLOCK_FRAMES` at a time, the first one centred on the first sample."""
    rest = np.zeros(WINDOW // 2, np.float32)
    need = (BLOCK_FRAMES - 1) * HOP + WINDOW
    for piece in pieces:
        rest = np.concatenate((rest, piece))
        while len(rest) >= need:
            yield windows(rest[:need])
            rest = rest[BLOCK_FRAMES * HOP :]
    yield windows(np.pad(rest, (0, WINDOW)))


def windows(audio: Samples) -> Samples:
    """All whole windows in a stretch of audio, one a row."""
    return np.lib.stride_tricks.sliding_window_view(audio, WINDOW)[::HOP]
