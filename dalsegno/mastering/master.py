"""From a mix and its shape to the files that are published: `master.wav` and `preview.mp3`.

All of mastering is one gain curve, worked out on the mix's measurement at one value a grain and then applied once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from dalsegno.mastering.gain import LOUDNESS_TOLERANCE, TARGET_LUFS, levelled
from dalsegno.mastering.loudness import (
    GRAIN,
    REACH,
    Floats,
    Grains,
    Measured,
    Meter,
    PeakMeter,
    integrated,
    peak_decibels,
)
from dalsegno.mastering.mp3 import Mp3Writer
from dalsegno.models import SAMPLE_RATE
from dalsegno.ports import Report

HIGHEST_DBTP = -1.0
BLOCK = GRAIN * 8192
PREVIEW_DB = -1.0
PREVIEW_HEADROOM_DB = 0.05
# A master reaches twice as far: what lies below cannot hold its highest peak.
PEAK_FLOOR = 0.4


@dataclass(frozen=True)
class Raw:
    """A file of raw float32 samples, interleaved stereo at 48 kHz, `frames` of them.

    Attributes:
        reach: with how many samples to either side its true peaks are to be measured.
    """

    path: Path
    frames: int
    reach: int = REACH


@dataclass(frozen=True)
class Mastering:
    """What was done, and what came of it.

    Attributes:
        loudness_lufs: of the master, integrated.
        true_peak_dbtp: of the master.
        gain_db: between the sum of the stems and the master, before limiting.
        limited_db: how far the limiter reached at most.
        preview_gain_db: of the preview against the master.
        preview_true_peak_dbtp: of the preview as it decodes.
        stems_gain_db: what the stems were turned down by so that none clips.
    """

    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limited_db: float
    preview_gain_db: float
    preview_true_peak_dbtp: float
    stems_gain_db: float = 0.0


def master_mix(
    mix: Raw, measured: Measured, shape: Grains, folder: Path, report: Report, parts: int = 3
) -> Mastering:
    """Writes `master.wav` and `preview.mp3`.

    Args:
        mix: what to master.
        measured: of the mix as it is.
        shape: the gain before levelling and limiting, a value a grain.
        folder: where the files go.
        report: told how much is done, 0..1.
        parts: of how many parts the whole work consists; three of them are done here.
    """
    gain, limiter = levelled(measured, shape)
    curve = shape * gain * limiter
    path = folder / "master.wav"
    loudness, peak = write_wav(mix, path, curve, part(report, 0, parts, "Mastering"))
    # The gain curve is exact to its grain alone: one step more, should the whole have moved by it.
    if abs(loudness - TARGET_LUFS) > LOUDNESS_TOLERANCE * 3 or peak > HIGHEST_DBTP - 0.1:
        correction = min(TARGET_LUFS - loudness, HIGHEST_DBTP - 0.2 - peak)
        curve = curve * 10 ** (correction / 20)
        gain *= 10 ** (correction / 20)
        loudness, peak = write_wav(mix, path, curve, part(report, 1, parts, "Mastering"))
    preview_gain, preview_peak = write_preview(
        folder, mix.reach, part(report, 2, parts, "Encoding the preview")
    )
    return Mastering(
        loudness_lufs=round(loudness, 2),
        true_peak_dbtp=round(peak, 2),
        gain_db=round(20 * float(np.log10(gain)), 6),
        limited_db=round(20 * float(np.log10(limiter.min())), 2),
        preview_gain_db=round(preview_gain, 2),
        preview_true_peak_dbtp=round(preview_peak, 2),
    )


def part(report: Report, number: int, of: int, words: str) -> Callable[[float], None]:
    """A report for one part of a longer work."""
    return lambda fraction: report(min(1.0, (number + fraction) / of), words)


def shaped(raw: Raw, curve: Grains) -> Iterator[tuple[int, Floats]]:
    """Yields a raw file's blocks, n by 2, under a gain curve, each with its first frame's number."""
    with raw.path.open("rb") as file:
        for start in range(0, raw.frames, BLOCK):
            length = min(BLOCK, raw.frames - start)
            audio = np.fromfile(file, np.float32, length * 2).reshape(-1, 2)
            first = start // GRAIN
            centres = np.arange(first - 1, first + BLOCK // GRAIN + 1)
            gains = np.interp(
                np.arange(start, start + length),
                centres * GRAIN + (GRAIN - 1) / 2,
                curve[np.clip(centres, 0, len(curve) - 1)],
            )
            yield start, audio * gains.astype(np.float32)[:, None]


def write_wav(raw: Raw, path: Path, curve: Grains, progress: Callable[[float], None]) -> tuple[float, float]:
    """Writes a raw file under a gain curve as 24-bit WAV; returns (LUFS, dBTP) of it."""
    meter = Meter(floor=PEAK_FLOOR, reach=raw.reach)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 2, "PCM_24", format="WAV") as target:
        for start, audio in shaped(raw, curve):
            target.write(audio)
            meter.feed(np.ascontiguousarray(audio.T))
            progress(start / raw.frames)
    measured = meter.measured()
    return integrated(measured.energy), peak_decibels(measured.peak)


def write_preview(folder: Path, reach: int, progress: Callable[[float], None]) -> tuple[float, float]:
    """Encodes the master as MP3, quieter by `PREVIEW_DB`; by more, if it decodes above `HIGHEST_DBTP`.

    Returns:
        (gain in dB, true peak in dBTP as it decodes).
    """
    path = folder / "preview.mp3"
    gain_db = PREVIEW_DB
    while True:
        with (
            soundfile.SoundFile(folder / "master.wav") as source,
            path.open("wb") as file,
            Mp3Writer(file) as target,
        ):
            frames = source.frames
            for number, audio in enumerate(source.blocks(BLOCK, dtype="float32")):
                target.write(audio * np.float32(10 ** (gain_db / 20)))
                progress(number * BLOCK / frames)
        peak = decoded_peak(path, reach)
        if peak <= HIGHEST_DBTP:
            return gain_db, peak
        gain_db -= peak - HIGHEST_DBTP + PREVIEW_HEADROOM_DB


def decoded_peak(path: Path, reach: int) -> float:
    """The true peak, in dBTP, of an audio file as it decodes."""
    meter = PeakMeter(floor=PEAK_FLOOR, reach=reach)
    with soundfile.SoundFile(path) as file:
        for audio in file.blocks(BLOCK, dtype="float32"):
            meter.feed(np.ascontiguousarray(audio.T))
    return peak_decibels(meter.peaks())
