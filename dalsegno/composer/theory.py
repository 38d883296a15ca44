"""Keys, scales, chords and how one chord leads to the next."""

import re
from dataclasses import dataclass
from functools import lru_cache

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}
MINOR_MODES = ("minor", "dorian", "phrygian", "harmonic minor")
_KEY = re.compile(r"^([A-G])([#b♯♭]?)\s*(major|minor|maj|min|m|dur|moll)?$")


@dataclass(frozen=True)
class Key:
    """A key.

    Attributes:
        tonic: pitch class, 0 (C) to 11 (B).
        mode: one of `SCALES`.
    """

    tonic: int
    mode: str

    @property
    def is_minor(self) -> bool:
        """Whether its third is minor."""
        return self.mode in MINOR_MODES

    @property
    def name(self) -> str:
        """The tonic and whether the third is major or minor: "C major", say."""
        return f"{NOTE_NAMES[self.tonic]} {'minor' if self.is_minor else 'major'}"

    def pitch(self, degree: int) -> int:
        """Semitones above the C of octave zero for a scale degree: 0 the tonic, 7 the tonic an octave up."""
        octave, step = divmod(degree, 7)
        return self.tonic + 12 * octave + SCALES[self.mode][step]

    def holds(self, pitch: int) -> bool:
        """Whether a MIDI key, or a pitch class, belongs to the scale."""
        return (pitch - self.tonic) % 12 in SCALES[self.mode]

    def relative(self) -> "Key":
        """The key of the other gender with the same notes."""
        if self.is_minor:
            return Key((self.tonic + 3) % 12, "major")
        return Key((self.tonic + 9) % 12, "minor")

    def in_mode(self, mode: str) -> "Key":
        """Another mode on the same tonic."""
        return Key(self.tonic, mode)


def parse_key(name: str) -> Key | None:
    """Reads "C major", "f# minor", "Bb" or "Am"; None if it is no key's name."""
    text = name.strip().replace("-", " ").replace(" sharp", "#").replace(" flat", "b")
    found = _KEY.match(text[:1].upper() + text[1:])
    if not found:
        return None
    letter, accidental, gender = found.groups()
    tonic = (LETTERS[letter] + ACCIDENTALS[accidental]) % 12
    return Key(tonic, "minor" if gender in ("minor", "min", "m", "moll") else "major")


@dataclass(frozen=True)
class Chord:
    """A chord: its root's pitch class and all its pitch classes, the root first."""

    root: int
    pitches: tuple[int, ...]


@lru_cache(maxsize=1024)
def chord(key: Key, figure: str) -> Chord:
    """The chord for a figure: a degree from 1 to 7 and what is to be added.

    Nothing: the key's own triad. "7", "9": with the seventh, the ninth. "s": the fourth instead of the third.
    "D": a major triad on the degree whatever the key says, as a dominant is. "p": root and fifth alone.
    """
    degree, suffix = int(figure[0]) - 1, figure[1:]
    steps = {
        "": (0, 2, 4),
        "7": (0, 2, 4, 6),
        "9": (0, 2, 4, 8),
        "s": (0, 3, 4),
        "D": (0, 2, 4),
        "D7": (0, 2, 4, 6),
        "p": (0, 4),
    }[suffix]
    tones = [key.pitch(degree + step) for step in steps]
    if suffix.startswith("D"):
        tones[1], tones[2] = tones[0] + 4, tones[0] + 7
        if suffix == "D7":
            tones[3] = tones[0] + 10
    return Chord(tones[0] % 12, tuple(dict.fromkeys(tone % 12 for tone in tones)))


def triad_of(key: Key, degree: int) -> str:
    """What the key's own triad on a degree, 1 to 7, is: "major", "minor", or "altered" (its fifth is not pure)."""
    root, third, fifth = (key.pitch(degree - 1 + step) for step in (0, 2, 4))
    if fifth - root != 7:
        return "altered"
    return "major" if third - root == 4 else "minor"


def voice(harmony: Chord, previous: tuple[int, ...], low: int, high: int) -> tuple[int, ...]:
    """Close voicing of a chord within a range that moves least from the previous one.

    Args:
        harmony: the chord.
        previous: MIDI keys of the voicing before, or none: then the middle of the range counts.
        low: lowest MIDI key allowed.
        high: highest MIDI key allowed, at least an octave above `low`.
    """
    candidates = []
    for order in range(len(harmony.pitches)):
        rotated = harmony.pitches[order:] + harmony.pitches[:order]
        for bottom in range(low + (rotated[0] - low) % 12, high + 1, 12):
            keys = [bottom]
            for pitch in rotated[1:]:
                keys.append(keys[-1] + 1 + (pitch - keys[-1] - 1) % 12)
            if keys[-1] <= high:
                candidates.append(tuple(keys))
    if not candidates:
        return tuple(sorted(low + (pitch - low) % 12 for pitch in harmony.pitches))
    target = previous or ((low + high) // 2,)
    return min(candidates, key=lambda keys: (movement(keys, target), keys))


def movement(keys: tuple[int, ...], previous: tuple[int, ...]) -> int:
    """Semitones that the voices move in all, each from the nearest of the voices before; leaps count double."""
    steps = [min(abs(key - before) for before in previous) for key in keys]
    centre = abs(sum(keys) // len(keys) - sum(previous) // len(previous))
    return sum(step * (2 if step > 5 else 1) for step in steps) + centre


def nearest(pitch_classes: tuple[int, ...], key: int) -> int:
    """The MIDI key of one of the pitch classes that lies nearest to a key, the lower one of two."""
    return min(
        (key + (pitch - key + 6) % 12 - 6 for pitch in pitch_classes),
        key=lambda found: (abs(found - key), found),
    )
