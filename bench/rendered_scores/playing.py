"""Plays scores of music21's corpus, with drums and without, as 15-second clips.

`scores.csv` is the fixed list: key and meter as the scores' editors have them, tempi set here within what is usual for
the kind. Of scores without a printed key the last chord decides. Which instruments play, how evenly and with which
beat of the drums follows from each score's name, so that every run hears the same.
"""

import csv
import math
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from dalsegno.composer import Score, render
from dalsegno.composer.groove import CLAP, CLOSED_HAT, KICK, OPEN_HAT, RIDE, SNARE, STICK
from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.score import Note, Part, Stem
from dalsegno.models import SAMPLE_RATE

CLIP_SECONDS = 15.0
CLIP_RATE = 44_100
PEAK = 0.7
# How unevenly people play: standard deviations, in seconds.
PLAYERS_JITTER, DRUMMERS_JITTER = 0.008, 0.004
DRUMS_LEVEL_DB = -3.0

# Who plays, from the highest part to the lowest; the last one plays all further parts, too.
ENSEMBLES = {
    "chorale": (
        ("choir",),
        ("church organ",),
        ("grand piano",),
        ("violin", "strings", "strings", "cello"),
        ("trumpet", "french horns", "trombone", "tuba"),
        ("flute", "oboe", "clarinet", "bassoon"),
        ("nylon guitar",),
    ),
    "classical": (
        ("violin", "violin", "strings", "cello"),
        ("flute", "oboe", "clarinet", "bassoon"),
        ("grand piano",),
        ("harpsichord",),
    ),
    "folk": (
        ("fiddle",),
        ("flute",),
        ("accordion",),
        ("grand piano",),
        ("steel guitar",),
        ("clarinet",),
        ("banjo",),
    ),
    "popular": (
        ("clarinet", "grand piano"),
        ("vibraphone", "electric piano"),
        ("saxophone", "steel guitar"),
    ),
}

# What drums play: for each meter a choice of bars, and in each for every drum (beats from the bar's start, velocity).
# A beat of 6/8 is a dotted quarter.
Pattern = dict[int, tuple[tuple[float, int], ...]]


def evenly(step: float, beats: int, velocity: int, first: float = 0.0) -> tuple[tuple[float, int], ...]:
    """Strokes from `first` on, `step` beats apart, for so many beats."""
    return tuple(
        (first + index * step, velocity) for index in range(math.ceil((beats - first) / step - 1e-9))
    )


GROOVES: dict[str, tuple[Pattern, ...]] = {
    "4/4": (
        {KICK: ((0, 112), (2, 100)), SNARE: ((1, 104), (3, 104)), CLOSED_HAT: evenly(0.5, 4, 70)},
        {KICK: evenly(1, 4, 112), CLAP: ((1, 90), (3, 90)), OPEN_HAT: evenly(1, 4, 60, 0.5)},
        {KICK: ((0, 112), (1.5, 90), (2, 100)), SNARE: ((1, 104), (3, 104)), CLOSED_HAT: evenly(0.5, 4, 66)},
        {KICK: ((0, 104), (2.5, 96)), STICK: ((1, 96), (3, 96)), RIDE: evenly(1, 4, 72)},
    ),
    "2/4": (
        {KICK: ((0, 110),), SNARE: ((1, 104),), CLOSED_HAT: evenly(0.5, 2, 70)},
        {KICK: ((0, 110), (1, 104)), SNARE: ((0.5, 72), (1.5, 72)), CLOSED_HAT: evenly(0.5, 2, 52)},
    ),
    "3/4": (
        {KICK: ((0, 110),), SNARE: ((1, 84), (2, 84)), CLOSED_HAT: evenly(1, 3, 66)},
        {KICK: ((0, 110),), STICK: ((1, 90), (2, 90)), CLOSED_HAT: evenly(0.5, 3, 62)},
    ),
    "6/8": (
        {KICK: ((0, 110),), SNARE: ((1, 104),), CLOSED_HAT: evenly(1 / 3, 2, 66)},
        {KICK: ((0, 110), (1, 96)), CLAP: ((1, 80),), CLOSED_HAT: evenly(1 / 3, 2, 60)},
    ),
}
KITS = ("drum kit", "drum kit", "808 kit", "brush kit")


@dataclass(frozen=True)
class KnownScore:
    """A line of `scores.csv`.

    Attributes:
        score: its name in music21's corpus.
        number: which one of a file of tunes.
        bpm: beats a minute, by the meter's beat.
        part: "development", which methods and thresholds were chosen by, or "test".
    """

    score: str
    number: int | None
    kind: str
    key: str
    meter: str
    bpm: float
    part: str

    @property
    def name(self) -> str:
        """A file's name for it."""
        return (
            f"{self.score}-{self.number}".replace("/", "-") if self.number else self.score.replace("/", "-")
        )

    @property
    def quarters_a_beat(self) -> float:
        """A beat's length in the score."""
        return 1.5 if self.meter == "6/8" else 1.0


def known_scores() -> list[KnownScore]:
    """All of them, in the file's order."""
    with (Path(__file__).parent / "scores.csv").open(newline="") as file:
        return [
            KnownScore(
                score=row["score"],
                number=int(row["number"]) if row["number"] else None,
                kind=row["kind"],
                key=row["key"],
                meter=row["meter"],
                bpm=float(row["bpm"]),
                part=row["part"],
            )
            for row in csv.DictReader(file)
        ]


def clips(known: KnownScore, folder: Path) -> dict[str, Path]:
    """The clips of a score, "bare" and with "drums": WAV, 44.1 kHz, 16 bit, stereo. Those that are there stay."""
    paths = {variant: folder / f"{known.name}-{variant}.wav" for variant in ("bare", "drums")}
    if all(path.exists() for path in paths.values()):
        return paths
    with tempfile.TemporaryDirectory() as raw:
        rendered = render(played(known), Path(raw), lambda _fraction, _message: None)
        stems = {
            stem: np.fromfile(path, np.float32).reshape(-1, 2)
            for stem, path in rendered.files.items()
            if stem != "mix"
        }
    bare = sum((audio for stem, audio in stems.items() if stem != "drums"), np.zeros((1, 2), np.float32))
    for variant, audio in (("bare", bare), ("drums", bare + stems["drums"])):
        clip = soxr.resample(audio, SAMPLE_RATE, CLIP_RATE)
        partial = paths[variant].with_suffix(".part")
        soundfile.write(
            partial, clip * (PEAK / np.abs(clip).max()), CLIP_RATE, subtype="PCM_16", format="WAV"
        )
        partial.rename(paths[variant])
    return paths


def played(known: KnownScore) -> Score:
    """The beginning of a score, for the sampler."""
    rng = np.random.default_rng(zlib.crc32(known.name.encode()))
    seconds_a_quarter = 60 / known.bpm / known.quarters_a_beat
    ensembles = ENSEMBLES[known.kind]
    ensemble = ensembles[int(rng.integers(len(ensembles)))]
    lines, first_bar = read(known)
    parts = []
    for number, line in enumerate(lines):
        instrument = ensemble[min(number, len(ensemble) - 1)]
        notes = [
            Note(
                max(0.0, start * seconds_a_quarter + float(rng.normal(0, PLAYERS_JITTER))),
                length * seconds_a_quarter * 0.95,
                within(pitch, instrument),
                round(66 + 30 * accent + float(rng.normal(0, 4))),
            )
            for start, length, pitch, accent in line
            if start * seconds_a_quarter < CLIP_SECONDS
        ]
        parts.append(part("keys", instrument, notes, pan=(number % 3 - 1) * 0.3))
    parts.append(drummed(known, first_bar, rng))
    return Score(
        title=known.name,
        duration=CLIP_SECONDS,
        seed=0,
        key=known.key,
        mood="neutral",
        reverb_seconds=float(rng.uniform(0.8, 2.2)),
        tail=0.0,
        last_chord=CLIP_SECONDS,
        tempo_map=(),
        bars=(),
        sections=(),
        cues=(),
        parts=tuple(parts),
    )


def part(stem: Stem, instrument: str, notes: list[Note], *, pan: float = 0.0, level: float = 0.0) -> Part:
    """A part, its notes in order."""
    return Part(
        stem=stem,
        instrument=instrument,
        level=level,
        pan=pan,
        notes=tuple(sorted(notes, key=lambda note: note.start)),
    )


def within(pitch: int, instrument: str) -> int:
    """A pitch, moved by octaves to where the instrument sounds."""
    played_by = CATALOGUE[instrument]
    while pitch < played_by.low:
        pitch += 12
    while pitch > played_by.high:
        pitch -= 12
    return pitch


def drummed(known: KnownScore, first_bar: float, rng: np.random.Generator) -> Part:
    """Drums from the first whole bar on, for the whole clip."""
    grooves = GROOVES[known.meter]
    pattern = grooves[int(rng.integers(len(grooves)))]
    kit = KITS[int(rng.integers(len(KITS)))]
    beats_a_bar = {"4/4": 4, "2/4": 2, "3/4": 3, "6/8": 2}[known.meter]
    seconds_a_beat = 60 / known.bpm
    bar = first_bar / known.quarters_a_beat * seconds_a_beat
    notes = []
    while bar < CLIP_SECONDS:
        for drum, strokes in pattern.items():
            for beat, velocity in strokes:
                start = bar + beat * seconds_a_beat + float(rng.normal(0, DRUMMERS_JITTER))
                notes.append(Note(max(0.0, start), 0.1, drum, velocity))
        bar += beats_a_bar * seconds_a_beat
    return part("drums", kit, notes, level=DRUMS_LEVEL_DB)


def read(known: KnownScore) -> tuple[list[list[tuple[float, float, int, float]]], float]:
    """A score's parts: (start, length, MIDI key, accent 0..1) of all notes, and where the first whole bar starts.

    Starts and lengths are in quarters.
    """
    # Here: music21 takes seconds to load, which those don't wait for who have the clips already.
    from music21 import corpus, harmony, stream  # noqa: PLC0415

    opened: Any = corpus.parse(known.score, number=known.number)
    if isinstance(opened, stream.Opus):
        opened = opened.scores[0]
    bar = {"4/4": 4.0, "2/4": 2.0, "3/4": 3.0, "6/8": 3.0}[known.meter]
    measures = [measure.offset for measure in opened.parts[0].getElementsByClass(stream.Measure)]
    first_bar = measures[1] % bar if len(measures) > 1 else 0.0
    harmony.realizeChordSymbolDurations(opened)  # type: ignore[no-untyped-call]  # music21 has no types
    lines = []
    for one in opened.parts:
        ties_joined = one.stripTies() if not one.recurse().getElementsByClass(harmony.ChordSymbol) else one
        for chords in (False, True):
            line = list(sounding(ties_joined, chords=chords))
            if line:
                lines.append(line)
    return lines, float(first_bar)


def sounding(one: Any, *, chords: bool) -> Iterator[tuple[float, float, int, float]]:
    """The notes of a part of music21's, or those that its chord symbols stand for."""
    from music21 import harmony  # noqa: PLC0415

    for note in one.toSoundingPitch().flatten().notes:
        if isinstance(note, harmony.ChordSymbol) != chords or not note.quarterLength:
            continue
        for pitch in note.pitches:
            yield float(note.offset), float(note.quarterLength), pitch.midi, note.beatStrength
