"""The cue sheet of fitted music: what was delivered, what was done to it, and where its beats and scenes are."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dalsegno.fitting.arrangement import Arrangement
from dalsegno.fitting.beats import Beats
from dalsegno.fitting.ending import Cut
from dalsegno.fitting.survey import Survey
from dalsegno.mastering.master import Mastering
from dalsegno.models import SAMPLE_RATE, Mood, MusicBrief, Scene

VERSION = 1
# Less silence than that is no news, nor is direct current 60 dB below full scale.
WORTH_TELLING = 0.05
DIRECT_CURRENT = 0.001


@dataclass(frozen=True)
class Fitting:
    """All that was decided about a delivered file.

    Attributes:
        found: what was delivered.
        arrangement: how it is played.
        beats: its beats, if it has a steady one.
        cut: where it is faded out, unless it keeps its own ending.
        scenes: from 0 to the end, without gaps.
        treble_db: of each scene against the strongest one.
    """

    found: Survey
    arrangement: Arrangement
    beats: Beats | None
    cut: Cut | None
    scenes: Sequence[Scene]
    treble_db: Sequence[float]


def cue_sheet(
    brief: MusicBrief, title: str, mood: Mood, fitting: Fitting, mastering: Mastering
) -> dict[str, Any]:
    """The cue sheet as it is written to `cue-sheet.json`.

    What nobody knows of music that others made, its key and its players, is empty.
    """
    points = heard_points(fitting, brief.duration)
    found = fitting.found
    return {
        "version": VERSION,
        "title": title,
        "duration": brief.duration,
        "sample_rate": SAMPLE_RATE,
        "seed": brief.seed,
        "key": None,
        "mood": mood,
        "tempo_map": [{"time": round(points[0][0], 6), "bar": 1, "bpm": round(fitting.beats.bpm, 2)}]
        if fitting.beats and points
        else [],
        "bars": [round(time, 6) for time, point in points if point != "beat"],
        "sections": [
            {
                "name": f"scene {number}",
                "start": scene.start,
                "end": scene.end,
                "mood": scene.mood,
                "energy": scene.energy,
                "instruments": [],
                "treble_db": round(treble, 2),
            }
            for number, (scene, treble) in enumerate(
                zip(fitting.scenes, fitting.treble_db, strict=True), start=1
            )
        ],
        "cues": [],
        "instruments": [],
        "prompt": [],
        "mastering": asdict(mastering),
        "stems": {"files": [], "sum": ""},
        "fitting": {
            "source": {
                "format": found.format,
                "sample_rate": found.rate,
                "channels": found.channels,
                "seconds": round(found.seconds, 6),
                "clipped_samples": found.clipped,
                "broken_samples": found.broken,
                "direct_current": round(float(np.abs(found.offset).max()), 6),
            },
            "method": "beats" if fitting.beats else "similarity",
            "removed": list(removed(found)),
            "loop": loop(fitting),
            "cut": asdict(fitting.cut) if fitting.cut else None,
            "done": list(sentences(brief, fitting)),
        },
    }


def heard_points(fitting: Fitting, duration: float) -> list[tuple[float, str]]:
    """The beats of the fitted music, in seconds, and what begins with each."""
    if not fitting.beats:
        return []
    heard = fitting.arrangement.heard(fitting.beats.points)
    return [(time, point) for time, point in heard if time < duration]


def removed(found: Survey) -> Iterator[dict[str, Any]]:
    """The silent ends, in seconds of the delivered file."""
    if found.head >= WORTH_TELLING:
        yield {"what": "silent head", "start": 0.0, "end": round(found.head, 6)}
    if found.seconds - found.tail >= WORTH_TELLING:
        yield {"what": "silent tail", "start": round(found.tail, 6), "end": round(found.seconds, 6)}


def loop(fitting: Fitting) -> dict[str, Any] | None:
    """The loop, `start` and `end` in seconds of the delivered file, `seams` in seconds of the result."""
    jump = fitting.arrangement.jump
    if jump is None:
        return None
    return {
        "start": round(fitting.found.head + jump.start / SAMPLE_RATE, 6),
        "end": round(fitting.found.head + jump.end / SAMPLE_RATE, 6),
        "repeats": jump.repeats,
        "seams": [round(seam / SAMPLE_RATE, 6) for seam in fitting.arrangement.seams],
        "crossfade": round(jump.crossfade / SAMPLE_RATE, 6),
        "distance": round(jump.distance, 3),
        "attacks_agree": round(jump.attacks, 3),
        "waves_agree": round(jump.coherence, 3),
    }


def sentences(brief: MusicBrief, fitting: Fitting) -> Iterator[str]:
    """What was done, a sentence each, in the order in which it was done."""
    found, jump = fitting.found, fitting.arrangement.jump
    for part in removed(found):
        yield f"Removed a {part['what']} of {part['end'] - part['start']:.2f} s."
    if found.broken:
        yield f"Silenced or held {found.broken} samples that were no sound."
    if np.abs(found.offset).max() >= DIRECT_CURRENT:
        yield "Removed direct current."
    if found.clipped:
        yield f"The delivered audio is clipped in {found.clipped} samples, which nothing can undo."
    if jump:
        start, end = (found.head + frame / SAMPLE_RATE for frame in (jump.start, jump.end))
        times = "once" if jump.repeats == 1 else f"{jump.repeats} times"
        yield (
            f"Repeated {times} what lies between {start:.2f} s and {end:.2f} s of the delivered audio, "
            + ("on the beat." if fitting.beats else "where it sounds most alike: it has no steady beat.")
        )
    if fitting.cut:
        on = {
            "phrase": "on a phrase,",
            "bar": "on a bar,",
            "beat": "on a beat,",
            "attack": "on an attack, for want of a beat,",
            "time": "where there is neither beat nor attack,",
        }[fitting.cut.point]
        yield f"Cut at {fitting.cut.time:.2f} s {on} with a fade from there to the end."
    else:
        yield "Kept the music's own ending."
    if len({scene.energy for scene in fitting.scenes}) > 1:
        yield "Level and treble follow the energy of the scenes."
    if brief.stems:
        yield "There are no stems: the music came as one recording."
