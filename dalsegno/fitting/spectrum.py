"""What a recording sounds like over time: timbre, harmony and onsets, a frame every 23 ms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import soxr
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
A4_HZ = 440.0
# How far from there, as a standard deviation, pitches are heard.
OCTAVES = 2.0

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
    mel, chroma = mel_bands(), pitch_classes()
    taper = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    mels, chromas = [], []
    done = 0
    for frames in framed(mono(recording)):
        power = np.square(np.abs(np.fft.rfft(frames * taper, axis=1))).astype(np.float32)
        mels.append(power @ mel)
        chromas.append(power @ chroma)
        done += len(frames)
        progress(min(1.0, done / (recording.seconds * FRAMES_A_SECOND)))
    levels = 10 * np.log10(np.concatenate(mels) + 1e-10)
    timbre = np.maximum(levels - levels.max(), -RANGE_DB).astype(np.float32)
    harmony = np.concatenate(chromas)
    harmony /= np.maximum(np.linalg.norm(harmony, axis=1, keepdims=True), 1e-6)
    # The spectral flux: by how many decibels bands have grown since the frame before.
    onsets = np.maximum(np.diff(timbre, axis=0, prepend=timbre[:1]), 0).mean(axis=1, dtype=np.float64)
    return Spectrum(timbre, harmony, onsets)


def mel_bands() -> Matrix:
    """Turns a power spectrum into triangular bands, evenly spaced in mels, each of the same weight.

    The mel scale is O'Shaughnessy's: 2595 log10(1 + f / 700).
    """
    edges = 700 * (10 ** (np.linspace(0, np.log10(1 + RATE / 2 / 700), BANDS + 2)) - 1)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    pitch = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    triangles = np.clip(np.minimum((pitch - low) / (middle - low), (high - pitch) / (high - middle)), 0, None)
    return np.asarray(triangles * 2 / (high - low), np.float32)


def pitch_classes() -> Matrix:
    """Turns a power spectrum into the strength of the twelve pitch classes, from C, octaves about 440 Hz before others.

    Low bins are wider than a semitone: they count for all that they cover, at the same weight together.
    """
    frequency = np.fft.rfftfreq(WINDOW, 1 / RATE)[1:, None]
    semitone = 12 * np.log2(frequency / A4_HZ) + 9
    width = np.maximum(12 * np.log2(1 + RATE / WINDOW / frequency), 1)
    away = (semitone - np.arange(12) + 6) % 12 - 6
    shares = np.exp(-0.5 * (2 * away / width) ** 2)
    shares *= np.exp(-0.5 * ((semitone - 9) / 12 / OCTAVES) ** 2) / np.linalg.norm(
        shares, axis=1, keepdims=True
    )
    return np.asarray(np.pad(shares, ((1, 0), (0, 0))), np.float32)


def mono(recording: Recording) -> Iterator[Samples]:
    """Yields the sum of both sides at `RATE`, in pieces."""
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
