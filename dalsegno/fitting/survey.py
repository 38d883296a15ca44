"""What a delivered file holds, found in one pass over all of it: where it sounds, and what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from dalsegno.errors import DownloadFailed, GenerationRejected

FORMATS = ("WAV", "WAVEX", "RF64", "FLAC", "MP3")
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
MOST_CHANNELS = 16
LONGEST_SECONDS = 3_600.0
SHORTEST_SECONDS = 1.0
# What is louder than any sane file is held here, 24 dB above full scale: a broken float is no sound.
LOUDEST = 16.0
# Loudness over time is known by windows of 20 ms.
WINDOWS_A_SECOND = 50
# A window is silent if it lies so far below the piece's own level, or below what 13 bits could hold.
SILENCE_BELOW_LEVEL_DB = -50.0
SILENCE_DBFS = -80.0
# A whole file is silent below this; its level is measured above it alone.
NO_MUSIC_DBFS = -70.0
# So many samples in a row at full scale are no peak but a clipped one.
CLIPPED_RUN = 3
FULL_SCALE = 0.9999
BLOCK_SECONDS = 2

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Survey:
    """What a file holds.

    Attributes:
        format: "WAV", "FLAC" or "MP3".
        rate: samples a second.
        channels: how many there are.
        frames: how many were decoded.
        head, tail: seconds at which sound begins and ends.
        offset: the mean of each channel: direct current, shape (channels,).
        clipped: samples in runs at full scale.
        broken: samples that were no number or beyond any loudness.
    """

    format: str
    rate: int
    channels: int
    frames: int
    head: float
    tail: float
    offset: NDArray[np.float64]
    clipped: int
    broken: int

    @property
    def seconds(self) -> float:
        """How long the file is."""
        return self.frames / self.rate


def survey(source: Path, progress: Callable[[float], None]) -> Survey:
    """Decodes a whole file, in memory that doesn't grow with its length.

    Args:
        source: the file: hostile.
        progress: told how much is done, 0..1.

    Raises:
        DownloadFailed: it can't be decoded, or ends early.
        GenerationRejected: it is silent, sounds for less than a second, or is beyond all bounds.
    """
    with opened(source) as file:
        total = np.zeros(file.channels)
        powers: list[NDArray[np.float64]] = []
        frames = clipped = broken = 0
        window = file.samplerate // WINDOWS_A_SECOND
        for audio, wrong in blocks(file, window * WINDOWS_A_SECOND * BLOCK_SECONDS):
            total += audio.sum(axis=0, dtype=np.float64)
            powers.append(window_powers(audio, window))
            frames += len(audio)
            clipped += clipped_samples(audio)
            broken += wrong
            progress(min(1.0, frames / max(file.frames, 1)))
        if frames < file.frames:
            raise DownloadFailed("The delivered audio ends before the length that its own header tells.")
        power = np.concatenate(powers) if powers else np.zeros(0)
        sounding = np.flatnonzero(power > silence(power))
        if len(sounding) * window < SHORTEST_SECONDS * file.samplerate:
            raise GenerationRejected(
                "The provider delivered less than a second of sound: order again with another prompt."
                if len(sounding)
                else "The provider delivered silence: order again with another prompt."
            )
        return Survey(
            format="WAV" if file.format in {"WAVEX", "RF64"} else str(file.format),
            rate=file.samplerate,
            channels=file.channels,
            frames=frames,
            head=max(0, sounding[0] - 1) * window / file.samplerate,
            tail=min(frames, (sounding[-1] + 2) * window) / file.samplerate,
            offset=total / frames,
            clipped=clipped,
            broken=broken,
        )


@contextmanager
def opened(source: Path) -> Iterator[soundfile.SoundFile]:
    """Opens a delivered file, within bounds.

    Raises:
        DownloadFailed: it is no audio in a known format, also when a block of it turns out not to be.
        GenerationRejected: it is audio, but beyond all bounds.
    """
    try:
        with soundfile.SoundFile(source) as file:
            if file.format not in FORMATS:
                raise DownloadFailed(
                    f"The delivered audio is {file.format}: only WAV, FLAC and MP3 are read."
                )
            if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
                raise GenerationRejected(
                    f"The provider delivered audio at {file.samplerate} Hz: "
                    f"only {LOWEST_RATE} to {HIGHEST_RATE} Hz can be used."
                )
            if file.channels > MOST_CHANNELS:
                raise GenerationRejected(
                    f"The provider delivered {file.channels} channels: at most {MOST_CHANNELS} can be used."
                )
            if file.frames > LONGEST_SECONDS * file.samplerate:
                raise GenerationRejected("The provider delivered more than an hour of audio.")
            yield file
    except soundfile.LibsndfileError:
        raise DownloadFailed("The delivered file can't be decoded as audio.") from None


def blocks(file: soundfile.SoundFile, size: int) -> Iterator[tuple[Samples, int]]:
    """Yields blocks of frames, n by channels, and how many of their samples had to be mended.

    Raises:
        GenerationRejected: there is more than the header told of, and more than an hour.
    """
    left = int(LONGEST_SECONDS * file.samplerate)
    while len(audio := file.read(size, dtype="float32", always_2d=True)):
        left -= len(audio)
        if left < 0:
            raise GenerationRejected("The provider delivered more than an hour of audio.")
        wrong = ~(np.abs(audio) <= LOUDEST)
        mended = int(wrong.sum())
        if mended:
            audio = np.clip(np.nan_to_num(audio, nan=0.0), -LOUDEST, LOUDEST)
        yield audio, mended


def window_powers(audio: Samples, window: int) -> NDArray[np.float64]:
    """The variance of each window, the loudest channel's: direct current is no sound."""
    missing = -len(audio) % window
    rows = np.pad(audio, ((0, missing), (0, 0)), mode="edge").reshape(-1, window, audio.shape[1])
    powers: NDArray[np.float64] = rows.var(axis=1, dtype=np.float64).max(axis=1)
    return powers


def silence(power: NDArray[np.float64]) -> float:
    """The power up to which a window is silent: far below the level of what sounds at all."""
    heard = power[power > 10 ** (NO_MUSIC_DBFS / 10)]
    if not len(heard):
        return np.inf
    level = heard[heard > heard.mean() / 10].mean()
    return float(max(level * 10 ** (SILENCE_BELOW_LEVEL_DB / 10), 10 ** (SILENCE_DBFS / 10)))


def clipped_samples(audio: Samples) -> int:
    """How many samples stand in runs at full scale."""
    full = np.abs(audio) >= FULL_SCALE
    run = full[CLIPPED_RUN - 1 :].copy()
    for before in range(1, CLIPPED_RUN):
        run &= full[CLIPPED_RUN - 1 - before : len(full) - before]
    return int(run.sum())
