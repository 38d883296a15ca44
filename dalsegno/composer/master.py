"""From the rendered mix to the master, and the stems beside it, under the same shape."""

import dataclasses
from pathlib import Path

import numpy as np
import soundfile

from dalsegno.composer.render import MIX, Rendered
from dalsegno.composer.score import Score
from dalsegno.mastering.gain import compressing, riding
from dalsegno.mastering.loudness import GRAINS_A_SECOND, Grains
from dalsegno.mastering.master import Mastering, Raw, master_mix, part, shaped
from dalsegno.models import SAMPLE_RATE
from dalsegno.ports import Report

RIDE_RAMP = 0.05
BREATH, BREATH_DB = 0.09, -9.0
FADE = 0.6
# How far the last chord sinks while it rings out.
RING_OUT_DB = -14.0
STEM_CEILING = 0.98


def master(score: Score, rendered: Rendered, folder: Path, report: Report) -> Mastering:
    """Writes `master.wav`, `preview.mp3` and, for each stem that was rendered, `stems/<name>.wav`.

    Args:
        score: what was rendered; its sections say how strong each stretch is to be.
        rendered: the raw files and the mix's measurement.
        folder: where the files go.
        report: told how much is done, 0..1.
    """
    shape = shaping(score, rendered)
    stems = [name for name in rendered.files if name != MIX]
    parts = 3 + len(stems)
    mix = Raw(rendered.files[MIX], rendered.frames)
    mastering = master_mix(mix, rendered.measured, shape, folder, report, parts)
    stems_gain = write_stems(rendered, stems, folder, shape, report, parts)
    return dataclasses.replace(mastering, stems_gain_db=round(20 * float(np.log10(stems_gain)), 6))


def shaping(score: Score, rendered: Rendered) -> Grains:
    """The gain before mastering: the ride by energy, bus compressor, breaths before cuts, the last chord's decay."""
    starts = [section.start for section in score.sections]
    strengths = [section.energy for section in score.sections]
    ride = riding(starts, strengths, rendered.measured.energy, RIDE_RAMP)
    compressed = ride * compressing(rendered.measured.energy * ride**2)
    compressed *= breathing([cue.time for cue in score.cues], len(ride))
    ringing = min(round(score.last_chord * GRAINS_A_SECOND), len(ride) - 1)
    compressed[ringing:] *= 10 ** (np.linspace(0, 1, len(ride) - ringing) ** 1.5 * RING_OUT_DB / 20)
    fade = min(round(FADE * GRAINS_A_SECOND), (len(ride) - ringing) // 2)
    compressed[len(ride) - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return compressed


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


def write_stems(
    rendered: Rendered, stems: list[str], folder: Path, shape: Grains, report: Report, parts: int
) -> float:
    """Writes the stems, all turned down alike if one would clip; returns the gain, 1 or less."""
    if not stems:
        return 1.0
    (folder / "stems").mkdir(exist_ok=True)
    raws = {name: Raw(rendered.files[name], rendered.frames) for name in stems}
    highest = max(float(np.abs(audio).max()) for raw in raws.values() for _, audio in shaped(raw, shape))
    gain = min(1.0, STEM_CEILING / max(highest, 1e-9))
    for number, (name, raw) in enumerate(raws.items()):
        progress = part(report, 3 + number, parts, "Writing the stems")
        with soundfile.SoundFile(
            folder / "stems" / f"{name}.wav", "w", SAMPLE_RATE, 2, "PCM_24", format="WAV"
        ) as target:
            for start, audio in shaped(raw, shape * gain):
                target.write(audio)
                progress(start / rendered.frames)
    return gain
