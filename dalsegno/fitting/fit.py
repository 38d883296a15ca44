"""Fits music that others made to a brief."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dalsegno.composer.compose import plan, title
from dalsegno.composer.prompt import read
from dalsegno.fitting.arrangement import Arrangement
from dalsegno.fitting.beats import Beats, find_beats
from dalsegno.fitting.cue_sheet import Fitting, cue_sheet, sentences
from dalsegno.fitting.ending import (
    LONGEST_DECAY,
    OWN_ENDING_FADE,
    Cut,
    Ending,
    choose_cut,
    ending_of,
    level_of,
    strongest_attacks,
)
from dalsegno.fitting.recording import Recording, record
from dalsegno.fitting.seam import find_jump
from dalsegno.fitting.spectrum import spectrum
from dalsegno.fitting.survey import survey
from dalsegno.fitting.tone import Tone
from dalsegno.mastering.gain import compressing, riding
from dalsegno.mastering.loudness import FAR_REACH, GRAINS_A_SECOND, Grains, Measured, Meter
from dalsegno.mastering.master import BLOCK, Raw, master_mix, part
from dalsegno.models import SAMPLE_RATE, MusicBrief, Scene
from dalsegno.ports import RenderedMusic, Report

RAW_FOLDER = ".raw"
SURVEYED, RECORDED, ANALYSED, JOINED, MIXED = 0.1, 0.25, 0.4, 0.45, 0.6
# The delivered audio may be as quiet as it likes: the level that measuring and mastering start from, in dBFS.
WORKING_LEVEL_DB = -20.0
# Level and tone move to a new scene within so many seconds before it begins.
RAMP = 0.8
# Peaks that lie lower, as a share of those about them, need no exact measure: no ride lifts them past these.
PEAK_SHARE = 0.05


def fit(source: Path, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
    """Makes a delivered file exactly as long as the brief wants it, and masters it.

    Silent ends go first. What is too long is cut on a musical point and faded out from there; what is too short
    goes back, on the beat, to a place that sounds alike, as often as needed. Level and treble follow the scenes.
    The same file and brief give the same bytes on the same machine. CPU-bound and blocking.

    Args:
        source: WAV, FLAC or MP3 as it was delivered: hostile.
        brief: what was ordered.
        folder: where `master.wav`, `preview.mp3` and `cue-sheet.json` go.
        report: told how much is done, 0..1, and what is being done.

    Raises:
        DownloadFailed: the file can't be decoded, or ends early.
        GenerationRejected: it holds no music, or is beyond all bounds.
    """
    raw = folder / RAW_FOLDER
    raw.mkdir(parents=True, exist_ok=True)
    try:
        return _fit(source, brief, folder, raw, report)
    finally:
        shutil.rmtree(raw, ignore_errors=True)


def _fit(source: Path, brief: MusicBrief, folder: Path, raw: Path, report: Report) -> RenderedMusic:
    scenes, mood = plan(brief, read(brief.prompt))
    found = survey(source, span(report, 0, SURVEYED, "Listening through the delivered audio"))
    # What the end of a longer recording bears is not needed: it is cut before.
    longest = brief.duration + LONGEST_DECAY + 1
    recording = record(
        source, found, longest, raw / "recording", span(report, SURVEYED, RECORDED, "Decoding what sounds")
    )
    level = level_of(recording)
    arrangement, beats, cut = arranged(recording, ending_of(recording, level), level, brief.duration, report)
    tone = Tone(scenes, RAMP)
    mix = Raw(raw / "mix", round(brief.duration * SAMPLE_RATE), FAR_REACH)
    measured = mix_down(
        arrangement, tone, mix, span(report, JOINED, MIXED, "Fitting the music to the scenes")
    )
    shape = shaping(measured, scenes, fading(mix.frames, arrangement.frames, cut))
    mastering = master_mix(
        mix, measured, shape, folder, lambda done, words: report(MIXED + (1 - MIXED) * done, words)
    )
    name = title(brief, mood)
    fitting = Fitting(found, arrangement, beats, cut, scenes, tone.treble_db)
    sheet = cue_sheet(brief, name, mood, fitting, mastering)
    (folder / "cue-sheet.json").write_text(
        json.dumps(sheet, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    report(1.0, "The music is ready")
    return RenderedMusic(
        name, ["master.wav", "preview.mp3", "cue-sheet.json"], list(sentences(brief, fitting))
    )


def span(report: Report, start: float, end: float, words: str) -> Callable[[float], None]:
    """A report for one stretch of the whole work."""
    report(start, words)
    return part(lambda done, words: report(start + (end - start) * done, words), 0, 1, words)


def arranged(
    recording: Recording, ending: Ending, level: float, duration: float, report: Report
) -> tuple[Arrangement, Beats | None, Cut | None]:
    """How a recording is played so that it lasts `duration` seconds, and where it is cut, if it is."""
    seen = spectrum(recording, span(report, RECORDED, ANALYSED, "Looking for the beat"))
    beats = find_beats(recording, seen)
    missing = duration - recording.seconds
    jump = None
    if missing > ending.rest:
        progress = span(report, ANALYSED, JOINED, "Looking for places that sound alike")
        jump = find_jump(recording, seen, beats.times if beats else None, missing, ending, progress)
    arrangement = Arrangement(recording, jump, float(10 ** (WORKING_LEVEL_DB / 20) / np.sqrt(level / 2)))
    if ending.kept(arrangement.frames / SAMPLE_RATE - duration):
        return arrangement, beats, None
    points = arrangement.heard(beats.points) if beats else []
    return arrangement, beats, choose_cut(points, arrangement.heard(strongest_attacks(recording)), duration)


def mix_down(arrangement: Arrangement, tone: Tone, mix: Raw, progress: Callable[[float], None]) -> Measured:
    """Writes the arrangement under the scenes' tone; returns what it measures."""
    meter = Meter(share=PEAK_SHARE, reach=mix.reach)
    with mix.path.open("wb") as target:
        for start in range(0, mix.frames, BLOCK):
            audio = tone.play(arrangement.read(start, min(BLOCK, mix.frames - start)), start)
            target.write(audio.tobytes())
            meter.feed(np.ascontiguousarray(audio.T))
            progress(start / mix.frames)
    return meter.measured()


def shaping(measured: Measured, scenes: list[Scene], fade: Grains) -> Grains:
    """The gain before mastering: the ride by energy, the bus compressor, the fade."""
    ride = riding(
        [scene.start for scene in scenes], [scene.energy for scene in scenes], measured.energy, RAMP
    )
    return ride * compressing(measured.energy * ride**2) * fade


def fading(frames: int, sounding: int, cut: Cut | None) -> Grains:
    """The gain of the fade: from the cut to the end, or just before the music's own ending.

    Args:
        frames: the length of the result.
        sounding: the length of the arrangement.
        cut: where the music is cut, if it is.
    """
    count = -(-frames // (SAMPLE_RATE // GRAINS_A_SECOND))
    end = min(frames, sounding) / SAMPLE_RATE
    start = cut.time if cut else end - OWN_ENDING_FADE
    seconds = np.arange(count) / GRAINS_A_SECOND
    # The last grain's middle still lies before the end: silence is reached a grain early.
    done = np.clip((seconds - start) / (end - 2 / GRAINS_A_SECOND - start), 0, 1)
    gains: Grains = np.cos(done * np.pi / 2)
    return gains
