"""From the rendered mix to the master: energy made audible, a gentle bus compressor, loudness, true peak.

All of it is one gain curve, worked out on the mix's measurement at one value a grain and then applied once.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import uniform_filter1d

from dalsegno.composer.limiter import limiting
from dalsegno.composer.loudness import (
    GRAIN,
    GRAINS_A_SECOND,
    Grains,
    Meter,
    PeakMeter,
    block_energies,
    decibels,
    integrated,
    peak_decibels,
)
from dalsegno.composer.render import MIX, Rendered
from dalsegno.composer.score import Score
from dalsegno.composer.soundfont_file import Floats
from dalsegno.models import SAMPLE_RATE

Report = Callable[[float, str], None]

TARGET_LUFS = -14.0
CEILING_DBTP = -1.3
HIGHEST_DBTP = -1.0
# A scene's loudness against the others, per point of energy: 70 points are 9.8 LU.
LU_A_POINT = 0.14
MIDDLE_ENERGY = 55.0
FURTHEST_RIDE_DB = 12.0
RIDE_RAMP = 0.05
BREATH, BREATH_DB = 0.09, -9.0
# The bus compressor: ratio 1.6 over a threshold about the piece's own loudness.
COMPRESSOR_SLOPE = 1 - 1 / 1.6
COMPRESSOR_WINDOW = 0.3
COMPRESSOR_ABOVE = 3.0
FADE = 0.6
# How far the last chord sinks while it rings out.
RING_OUT_DB = -14.0
LOUDNESS_TOLERANCE = 0.03
TRIES = 8
BLOCK = GRAIN * 8192
PREVIEW_DB = -1.0
PREVIEW_HEADROOM_DB = 0.05
MP3_COMPRESSION = 0.4
STEM_CEILING = 0.98
# A master reaches twice as far: what lies below cannot hold its highest peak.
PEAK_FLOOR = 0.4


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
    stems_gain_db: float


def master(score: Score, rendered: Rendered, folder: Path, report: Report) -> Mastering:
    """Writes `master.wav`, `preview.mp3` and, for each stem that was rendered, `stems/<name>.wav`.

    Args:
        score: what was rendered; its sections say how strong each stretch is to be.
        rendered: the raw files and the mix's measurement.
        folder: where the files go.
        report: told how much is done, 0..1.
    """
    shape = shaping(score, rendered)
    gain, limiter = levelled(rendered, shape)
    stems = [name for name in rendered.files if name != MIX]
    parts = 3 + len(stems)
    curve = shape * gain * limiter
    loudness, peak = write_wav(
        rendered, MIX, folder / "master.wav", curve, part(report, 0, parts, "Mastering")
    )
    # The gain curve is exact to its grain alone: one step more, should the whole have moved by it.
    if abs(loudness - TARGET_LUFS) > LOUDNESS_TOLERANCE * 3 or peak > HIGHEST_DBTP - 0.1:
        correction = min(TARGET_LUFS - loudness, HIGHEST_DBTP - 0.2 - peak)
        curve = curve * 10 ** (correction / 20)
        gain *= 10 ** (correction / 20)
        loudness, peak = write_wav(
            rendered, MIX, folder / "master.wav", curve, part(report, 1, parts, "Mastering")
        )
    preview_gain, preview_peak = write_preview(folder, part(report, 2, parts, "Encoding the preview"))
    stems_gain = write_stems(rendered, stems, folder, shape, report, parts)
    return Mastering(
        loudness_lufs=round(loudness, 2),
        true_peak_dbtp=round(peak, 2),
        gain_db=round(20 * float(np.log10(gain)), 6),
        limited_db=round(20 * float(np.log10(limiter.min())), 2),
        preview_gain_db=round(preview_gain, 2),
        preview_true_peak_dbtp=round(preview_peak, 2),
        stems_gain_db=round(20 * float(np.log10(stems_gain)), 6),
    )


def part(report: Report, number: int, of: int, words: str) -> Callable[[float], None]:
    """A report for one part of a longer work."""
    return lambda fraction: report(min(1.0, (number + fraction) / of), words)


def shaping(score: Score, rendered: Rendered) -> Grains:
    """The gain before mastering: the ride by energy, bus compressor, breaths before cuts, the last chord's decay."""
    ride = riding(score, rendered.measured.energy)
    compressed = ride * compressing(rendered.measured.energy * ride**2)
    compressed *= breathing([cue.time for cue in score.cues], len(ride))
    ringing = min(round(score.last_chord * GRAINS_A_SECOND), len(ride) - 1)
    compressed[ringing:] *= 10 ** (np.linspace(0, 1, len(ride) - ringing) ** 1.5 * RING_OUT_DB / 20)
    fade = min(round(FADE * GRAINS_A_SECOND), (len(ride) - ringing) // 2)
    compressed[len(ride) - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return compressed


def riding(score: Score, energy: Grains) -> Grains:
    """Moves each section's loudness to what its energy asks for, against the piece's middle.

    A section's level changes within the moment before it begins, so that its first beat is at full strength.
    """
    edges = [round(section.start * GRAINS_A_SECOND) for section in score.sections] + [len(energy)]
    spans = list(itertools.pairwise(edges))
    present = np.array(
        [decibels(block_energies(energy[start:end]).mean()) if end > start else -70 for start, end in spans]
    )
    wanted = np.array([LU_A_POINT * (section.energy - MIDDLE_ENERGY) for section in score.sections])
    weights = np.array([max(1, end - start) for start, end in spans], dtype=float)
    heard = present > -60
    if not heard.any():
        return np.ones(len(energy))
    offset = np.average((wanted - present)[heard], weights=weights[heard])
    change = np.where(heard, np.clip(wanted - present - offset, -FURTHEST_RIDE_DB, FURTHEST_RIDE_DB), 0.0)
    ramp = round(RIDE_RAMP * GRAINS_A_SECOND)
    times: list[float] = []
    levels: list[float] = []
    for (start, _), level in zip(spans, change, strict=True):
        if times:
            times.append(max(times[-1] + 1, start - ramp))
            levels.append(levels[-1])
        times.append(max(start - 1, times[-1] + 1) if times else 0)
        levels.append(level)
    curve = np.interp(np.arange(len(energy)), times, levels)
    gains: Grains = 10 ** (curve / 20)
    return gains


def breathing(cuts: list[float], length: int) -> Grains:
    """A breath before each cut: the mix steps back a little and returns on the cut, so that the hit stands out."""
    curve = np.zeros(length)
    deepest = round(BREATH * GRAINS_A_SECOND)
    for cut, before in zip(cuts, [0.0, *cuts], strict=False):
        end = round(cut * GRAINS_A_SECOND)
        # Between cuts that follow at once there is no room for a breath.
        width = min(deepest, round((cut - before) * GRAINS_A_SECOND / 4))
        curve[end - width : end] = BREATH_DB * np.sin(np.linspace(0, np.pi / 2, width)) ** 2
    gains: Grains = 10 ** (curve / 20)
    return gains


def compressing(energy: Grains) -> Grains:
    """A gentle compressor over the whole mix, by its loudness in windows of `COMPRESSOR_WINDOW`."""
    width = round(COMPRESSOR_WINDOW * GRAINS_A_SECOND)
    level = 10 * np.log10(uniform_filter1d(energy / GRAIN, width, mode="nearest").clip(1e-10))
    threshold = integrated(energy) + 0.691 + COMPRESSOR_ABOVE
    over = np.maximum(level - threshold, 0)
    gains: Grains = 10 ** (-over * COMPRESSOR_SLOPE / 20)
    return gains


def levelled(rendered: Rendered, shape: Grains) -> tuple[float, Grains]:
    """The gain that brings the limited mix to `TARGET_LUFS`, and the limiter's curve for it."""
    energy = rendered.measured.energy * shape**2
    peak = rendered.measured.peak * shape
    ceiling = 10 ** (CEILING_DBTP / 20)
    gain_db = TARGET_LUFS - integrated(energy)
    limiter = np.ones(len(peak))
    for _ in range(TRIES):
        gain = 10 ** (gain_db / 20)
        limiter = limiting(peak * gain, ceiling)
        missing = TARGET_LUFS - integrated(energy * (gain * limiter) ** 2)
        if abs(missing) < LOUDNESS_TOLERANCE:
            break
        gain_db += missing
    return 10 ** (gain_db / 20), limiter


def shaped(rendered: Rendered, name: str, curve: Grains) -> Iterator[tuple[int, Floats]]:
    """Yields a raw file's blocks, n by 2, under a gain curve, each with its first frame's number."""
    with rendered.files[name].open("rb") as file:
        for start in range(0, rendered.frames, BLOCK):
            length = min(BLOCK, rendered.frames - start)
            audio = np.fromfile(file, np.float32, length * 2).reshape(-1, 2)
            first = start // GRAIN
            centres = np.arange(first - 1, first + BLOCK // GRAIN + 1)
            gains = np.interp(
                np.arange(start, start + length),
                centres * GRAIN + (GRAIN - 1) / 2,
                curve[np.clip(centres, 0, len(curve) - 1)],
            )
            yield start, audio * gains.astype(np.float32)[:, None]


def write_wav(
    rendered: Rendered, name: str, path: Path, curve: Grains, progress: Callable[[float], None]
) -> tuple[float, float]:
    """Writes a raw file under a gain curve as 24-bit WAV; returns (LUFS, dBTP) of it."""
    meter = Meter(floor=PEAK_FLOOR)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 2, "PCM_24", format="WAV") as target:
        for start, audio in shaped(rendered, name, curve):
            target.write(audio)
            meter.feed(np.ascontiguousarray(audio.T))
            progress(start / rendered.frames)
    measured = meter.measured()
    return integrated(measured.energy), peak_decibels(measured.peak)


def write_preview(folder: Path, progress: Callable[[float], None]) -> tuple[float, float]:
    """Encodes the master as MP3, quieter by `PREVIEW_DB`; by more, if it decodes above `HIGHEST_DBTP`.

    Returns:
        (gain in dB, true peak in dBTP as it decodes).
    """
    path = folder / "preview.mp3"
    gain_db = PREVIEW_DB
    while True:
        with (
            soundfile.SoundFile(folder / "master.wav") as source,
            soundfile.SoundFile(
                path,
                "w",
                SAMPLE_RATE,
                2,
                "MPEG_LAYER_III",
                format="MP3",
                bitrate_mode="VARIABLE",
                compression_level=MP3_COMPRESSION,
            ) as target,
        ):
            frames = source.frames
            for number, audio in enumerate(source.blocks(BLOCK, dtype="float32")):
                target.write(audio * np.float32(10 ** (gain_db / 20)))
                progress(number * BLOCK / frames)
        peak = decoded_peak(path)
        if peak <= HIGHEST_DBTP:
            return gain_db, peak
        gain_db -= peak - HIGHEST_DBTP + PREVIEW_HEADROOM_DB


def decoded_peak(path: Path) -> float:
    """The true peak, in dBTP, of an audio file as it decodes."""
    meter = PeakMeter(floor=PEAK_FLOOR)
    with soundfile.SoundFile(path) as file:
        for audio in file.blocks(BLOCK, dtype="float32"):
            meter.feed(np.ascontiguousarray(audio.T))
    return peak_decibels(meter.peaks())


def write_stems(
    rendered: Rendered, stems: list[str], folder: Path, shape: Grains, report: Report, parts: int
) -> float:
    """Writes the stems, all turned down alike if one would clip; returns the gain, 1 or less."""
    if not stems:
        return 1.0
    (folder / "stems").mkdir(exist_ok=True)
    highest = max(float(np.abs(audio).max()) for name in stems for _, audio in shaped(rendered, name, shape))
    gain = min(1.0, STEM_CEILING / max(highest, 1e-9))
    for number, name in enumerate(stems):
        progress = part(report, 3 + number, parts, "Writing the stems")
        with soundfile.SoundFile(
            folder / "stems" / f"{name}.wav", "w", SAMPLE_RATE, 2, "PCM_24", format="WAV"
        ) as target:
            for start, audio in shaped(rendered, name, shape * gain):
                target.write(audio)
                progress(start / rendered.frames)
    return gain
