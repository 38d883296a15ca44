"""The built-in composer judged by others: librosa and ffmpeg listen to a fixed list of requests.

    python -m bench.composer_judged

Each request goes all the way to `master.wav`, which alone is listened to. A row says what was meant and what was heard;
the last lines say which aims were met.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from bench.composer_cases import STILL, STRONG, Case, cases
from bench.listening import (
    NOTE_NAMES,
    Array,
    Loudness,
    boundaries,
    key,
    listen,
    loudness,
    novelty,
    onsets,
    tempo,
)
from dalsegno.composer import compose
from dalsegno.models import SAMPLE_RATE, Scene
from dalsegno.providers.builtin import BuiltinComposer

ONSET_SECONDS = 0.03
# Scenes of this length that differ by mood, or by so much energy, must be told apart by ear.
LONG_SCENE, OTHER_ENERGY = 8.0, 20.0
BOUNDARY_SECONDS = 0.75
TEMPO_TOLERANCE = 0.02
LOUDNESS, LOUDNESS_TOLERANCE, HIGHEST_PEAK, LOUD_FROM = -14.0, 0.3, -1.0, 10.0
LOUDER_BY = 6.0
RANDOM_MOMENTS = 400


@dataclass(frozen=True)
class Row:
    """What was heard of one request.

    Attributes:
        cuts: milliseconds from each cut to the onset next to it.
        by_chance: share of moments taken at random that have an onset as near as a cut must have it.
        found: for each boundary that must be heard, whether it was.
        elsewhere: how many more boundaries were heard.
        louder: LU between scenes of energies 20 and 90; None where there are no such scenes.
        exact: whether the length is right to the sample.
    """

    case: Case
    loudness: Loudness
    key: str
    meant_key: str
    bpm: float
    meant_bpm: float
    cuts: list[float]
    by_chance: float
    found: list[bool]
    elsewhere: int
    louder: float | None
    exact: bool

    @property
    def key_right(self) -> bool:
        """Whether the key is the one that was meant, or its relative."""
        return self.key in (self.meant_key, relative(self.meant_key))

    @property
    def tempo_right(self) -> bool:
        """Whether the tempo is the one that was meant, up to an octave."""
        octaves = np.log2(self.bpm / self.meant_bpm)
        nearest = float(np.clip(np.round(octaves), -1, 1))
        return bool(abs(2 ** (octaves - nearest) - 1) <= TEMPO_TOLERANCE)

    @property
    def loudness_right(self) -> bool:
        """Whether the level is right; pieces of some seconds are not judged by it."""
        return self.case.brief.duration < LOUD_FROM or (
            abs(self.loudness.integrated - LOUDNESS) <= LOUDNESS_TOLERANCE + 1e-9
            and self.loudness.true_peak <= HIGHEST_PEAK
        )


def main() -> int:
    """Judges all requests, prints the table, and returns 1 where an aim was missed."""
    print(  # noqa: T201
        f"{'request':<28} {'s':>6} {'LUFS':>6} {'dBTP':>5}  {'key heard':<9} {'meant':<9} "
        f"{'bpm':>6} {'meant':>6} {'cuts':>6} {'worst':>6} {'chance':>6} {'bounds':>6} {'more':>4} {'LU':>5}"
    )
    rows = []
    for row in map(judge, cases()):
        rows.append(row)
        print(line(row), flush=True)  # noqa: T201
    return verdict(rows)


def judge(case: Case) -> Row:
    """Makes the music of a request and listens to it."""
    brief = case.brief
    score = compose(brief)
    with tempfile.TemporaryDirectory() as folder:
        BuiltinComposer().render(brief, Path(folder), lambda _fraction, _words: None)
        master = Path(folder) / "master.wav"
        audio = listen(master)
        begun = onsets(audio)
        peaks = boundaries(novelty(audio))
        expected = list(must_differ(brief.scenes))
        near = [cut for cut in expected for peak in peaks if abs(peak - cut) <= BOUNDARY_SECONDS]
        cuts = [scene.start for scene in brief.scenes[1:]]
        moments = np.random.default_rng(brief.seed).uniform(0, brief.duration, RANDOM_MOMENTS)
        return Row(
            case,
            loudness(master),
            key(audio),
            case.key or score.key,
            tempo(audio),
            case.bpm or usual_tempo([(mark.time, mark.bpm) for mark in score.tempo_map], brief.duration),
            [1000 * next_to(begun, cut) for cut in cuts],
            float(np.mean([abs(next_to(begun, moment)) <= ONSET_SECONDS for moment in moments])),
            [cut in near for cut in expected],
            sum(all(abs(peak - cut) > BOUNDARY_SECONDS for cut in cuts) for peak in peaks),
            louder(master, brief.scenes),
            soundfile.info(master).frames == round(brief.duration * SAMPLE_RATE),
        )


def next_to(begun: Array, moment: float) -> float:
    """Seconds from a moment to the onset next to it."""
    return float(min(begun - moment, key=abs)) if len(begun) else float("inf")


def must_differ(scenes: list[Scene]) -> Iterator[float]:
    """The cuts between long scenes that differ."""
    for before, after in pairwise(scenes):
        long = min(before.end - before.start, after.end - after.start) >= LONG_SCENE
        if long and (before.mood != after.mood or abs(before.energy - after.energy) >= OTHER_ENERGY):
            yield after.start


def usual_tempo(marks: list[tuple[float, float]], duration: float) -> float:
    """The tempo that half of the piece is slower than."""
    ends = [time for time, _ in marks[1:]] + [duration]
    by_tempo = sorted((bpm, end - time) for (time, bpm), end in zip(marks, ends, strict=True))
    passed = 0.0
    for bpm, seconds in by_tempo:
        passed += seconds
        if passed >= duration / 2:
            return bpm
    return by_tempo[-1][0]


def louder(master: Path, scenes: list[Scene]) -> float | None:
    """LU by which the scene of energy 90 lies above that of 20, each exported alone."""
    slices = {scene.energy: scene for scene in scenes}
    if slices.keys() != {STILL, STRONG}:
        return None
    strong, still = (
        loudness(master, slices[energy].start, slices[energy].end).integrated for energy in (STRONG, STILL)
    )
    return strong - still


def relative(name: str) -> str:
    """The key of the other gender with the same notes."""
    tonic, mode = name.split()
    place = NOTE_NAMES.index(tonic)
    if mode == "minor":
        return f"{NOTE_NAMES[(place + 3) % 12]} major"
    return f"{NOTE_NAMES[(place + 9) % 12]} minor"


def line(row: Row) -> str:
    """A row of the table; an exclamation mark follows what is wrong."""
    cuts = bounds = worst = chance = more = difference = ""
    if row.cuts:
        good = sum(abs(error) <= 1000 * ONSET_SECONDS for error in row.cuts)
        cuts = f"{good}/{len(row.cuts)}"
        worst = f"{max(row.cuts, key=abs):+.0f}"
        chance = f"{row.by_chance:.0%}"
    if row.found:
        bounds, more = f"{sum(row.found)}/{len(row.found)}", str(row.elsewhere)
    if row.louder is not None:
        difference = f"{row.louder:.1f}"
    return (
        f"{row.case.name:<28} {row.case.brief.duration:>6.1f} {row.loudness.integrated:>6.1f} "
        f"{row.loudness.true_peak:>5.1f}{mark(row.loudness_right)} {row.key:<9}{mark(row.key_right)}{row.meant_key:<9} "
        f"{row.bpm:>6.1f}{mark(row.tempo_right)}{row.meant_bpm:>6.1f} {cuts:>6} {worst:>6} {chance:>6} "
        f"{bounds:>6} {more:>4} {difference:>5}{'' if row.exact else '  WRONG LENGTH'}"
    )


def mark(right: bool) -> str:  # noqa: FBT001 - it says nothing but this
    """An exclamation mark where something is wrong."""
    return " " if right else "!"


def verdict(rows: list[Row]) -> int:
    """Prints which aims were met; returns 1 if one was not."""
    cuts = [abs(error) for row in rows for error in row.cuts]
    bounds = [found for row in rows for found in row.found]
    differences = [row.louder for row in rows if row.louder is not None]
    by_chance = float(np.mean([row.by_chance for row in rows if row.cuts]))
    share: Callable[[list[bool]], float] = lambda found: sum(found) / len(found)  # noqa: E731
    aims = [
        ("key right or relative", share([row.key_right for row in rows]), 0.9),
        ("tempo within 2 % up to an octave", share([row.tempo_right for row in rows]), 0.95),
        ("cuts with an onset within 30 ms", share([error <= 1000 * ONSET_SECONDS for error in cuts]), 1.0),
        ("contrast found at boundaries", share(bounds), 0.8),
        ("energies 20 and 90 six LU apart", share([found >= LOUDER_BY for found in differences]), 1.0),
        ("-14 LUFS and -1 dBTP from 10 s on", share([row.loudness_right for row in rows]), 1.0),
        ("exactly as long as asked for", share([row.exact for row in rows]), 1.0),
    ]
    print(f"\n{len(cuts)} cuts; {by_chance:.0%} of moments at random have an onset as near.")  # noqa: T201
    for name, reached, aim in aims:
        print(f"{'met   ' if reached >= aim else 'MISSED'} {name:<36} {reached:>6.1%} of {aim:.0%}")  # noqa: T201
    return int(any(reached < aim for _, reached, aim in aims))


if __name__ == "__main__":
    sys.exit(main())
