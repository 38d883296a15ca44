"""What has been composed: notes in parts, and the frame of time that they stand in."""

from dataclasses import dataclass
from typing import Literal

from dalsegno.models import SAMPLE_RATE, Mood

Stem = Literal["drums", "bass", "keys", "pads", "lead", "effects"]
STEMS: tuple[Stem, ...] = ("drums", "bass", "keys", "pads", "lead", "effects")

Status = Literal["honoured", "substituted", "ignored"]


@dataclass(frozen=True)
class Note:
    """A note.

    Attributes:
        start: seconds, where it is to be heard.
        length: seconds until its release.
        pitch: MIDI key, 0..127.
        velocity: 1..127.
        hit: whether it marks a cut: then it is exact to the sample.
    """

    start: float
    length: float
    pitch: int
    velocity: int
    hit: bool = False


@dataclass(frozen=True)
class Part:
    """All notes of one instrument within one stem, in order of their starts.

    Attributes:
        instrument: a name in `dalsegno.composer.instruments.CATALOGUE`.
        level: decibels against the other parts.
        pan: -1 (left) to 1 (right).
    """

    stem: Stem
    instrument: str
    level: float
    pan: float
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Bar:
    """A bar.

    Attributes:
        start: seconds.
        beat: beats from the start of the piece.
        beats: its length, a multiple of a quarter; the piece's last one may be of any.
    """

    start: float
    beat: float
    beats: float


@dataclass(frozen=True)
class TempoMark:
    """From `time` (seconds) and `beat` on, so many beats a minute."""

    time: float
    beat: float
    bar: int
    bpm: float


@dataclass(frozen=True)
class Section:
    """A stretch of whole bars with one task in the form.

    Attributes:
        energy: 0..100.
        instruments: the names of those that play in it.
        key: "C major", say.
    """

    name: str
    start: float
    end: float
    mood: Mood
    energy: float
    instruments: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Cue:
    """A cut of the video and the beat that falls on it. `bar` and `beat` count from 1.

    Attributes:
        error_ms: how far the beat lies from the cut, in milliseconds.
    """

    time: float
    bar: int
    beat: float
    error_ms: float
    bpm: float
    label: str
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True)
class InstrumentReport:
    """What became of an instrument that was asked for."""

    asked: str
    status: Status
    played: tuple[str, ...]
    note: str


Topic = Literal[
    "mood",
    "tempo",
    "bpm",
    "key",
    "gender",
    "meter",
    "genre",
    "force",
    "growth",
    "only",
    "without",
    "instrument",
    "",
]


@dataclass(frozen=True)
class PromptReport:
    """What became of some words of the prompt.

    Attributes:
        topic: what they speak of; "" for nothing that is known here.
        subjects: the instruments that they name, or the stem.
    """

    words: str
    status: Status
    effect: str
    topic: Topic = ""
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """A whole piece.

    Attributes:
        duration: seconds.
        key: "C major", say.
        reverb_seconds: until the room's sound has fallen by 60 dB.
        tail: seconds before the end at which the last notes are released.
        last_chord: seconds, where the final chord begins that rings out to the end.
        instruments: what became of the instruments that were asked for, in order.
        prompt: what became of the prompt's words.
        reference: what became of the reference song's tempo and key.
    """

    title: str
    duration: float
    seed: int
    key: str
    mood: Mood
    reverb_seconds: float
    tail: float
    last_chord: float
    tempo_map: tuple[TempoMark, ...]
    bars: tuple[Bar, ...]
    sections: tuple[Section, ...]
    cues: tuple[Cue, ...]
    parts: tuple[Part, ...]
    instruments: tuple[InstrumentReport, ...] = ()
    prompt: tuple[PromptReport, ...] = ()
    reference: tuple[PromptReport, ...] = ()

    @property
    def frames(self) -> int:
        """The piece's length in samples."""
        return round(self.duration * SAMPLE_RATE)
