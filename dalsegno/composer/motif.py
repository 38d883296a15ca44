"""A motif and what is made of it.

A piece has one motif, and a second one for contrast: the shape of a call and of its answer. Each mood speaks it in a
rhythm of its own; each task in the form develops it: by sequence, inversion, fragments, augmentation, or an echo that
leaves rests.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dalsegno.models import Mood

Rhythm = tuple[float, ...]

# Rhythms of one bar of four beats, in beats; a minus sign marks a rest.
RHYTHMS: dict[Mood, tuple[Rhythm, ...]] = {
    "happy": (
        (1.0, 0.5, 0.5, 1.0, 1.0),
        (0.5, 0.5, 1.0, 0.5, 0.5, 1.0),
        (1.5, 0.5, 0.5, 0.5, 1.0),
        (-0.5, 0.5, 0.5, 0.5, 1.0, 1.0),
        (0.5, 1.0, 0.5, 1.0, 1.0),
        (1.0, 1.0, 0.5, 0.5, -1.0),
    ),
    "sad": (
        (2.0, 1.0, 1.0),
        (1.5, 0.5, 2.0),
        (1.0, 1.0, 2.0),
        (-1.0, 1.0, 1.0, 1.0),
        (3.0, 0.5, 0.5),
        (2.5, 0.5, 1.0),
    ),
    "calm": (
        (3.0, 1.0),
        (2.0, 2.0),
        (-1.0, 1.0, 2.0),
        (1.0, 3.0),
        (2.0, 1.0, -1.0),
        (1.5, 2.5),
    ),
    "tense": (
        (0.5, 0.5, 0.5, 0.5, 2.0),
        (-0.5, 0.5, 0.5, 0.5, 1.0, -1.0),
        (1.0, -1.0, 0.5, 0.5, 1.0),
        (0.5, -0.5, 0.5, -0.5, 1.5, 0.5),
        (1.5, 0.5, -1.0, 1.0),
        (-1.0, 0.5, 0.5, 0.5, 1.5),
    ),
    "epic": (
        (2.0, 0.5, 0.5, 1.0),
        (1.5, 0.5, 2.0),
        (1.0, 1.0, 2.0),
        (3.0, 0.5, 0.5),
        (1.5, 0.5, 1.0, 1.0),
        (1.0, 0.5, 0.5, 2.0),
    ),
    "romantic": (
        (1.5, 0.5, 1.0, 1.0),
        (2.0, 0.5, 0.5, 1.0),
        (1.0, 2.0, 1.0),
        (-1.0, 1.0, 1.0, 1.0),
        (2.5, 0.5, 0.5, 0.5),
        (1.0, 0.5, 0.5, 2.0),
    ),
    "dark": (
        (3.0, 1.0),
        (2.0, 2.0),
        (-2.0, 1.0, 1.0),
        (2.5, 0.5, 1.0),
        (1.5, 2.5),
        (3.5, 0.5),
    ),
    "energetic": (
        (0.75, 0.75, 0.5, 1.0, 1.0),
        (0.5, 0.5, 1.0, 0.5, 0.5, 1.0),
        (0.75, 0.75, 0.75, 0.75, 1.0),
        (-0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.0),
        (1.0, 0.75, 0.75, 0.5, 1.0),
        (0.5, 1.0, 0.5, 0.75, 0.75, 0.5),
    ),
    "inspiring": (
        (1.0, 1.0, 2.0),
        (1.5, 1.5, 1.0),
        (0.5, 0.5, 1.0, 2.0),
        (1.0, 0.5, 0.5, 2.0),
        (-0.5, 0.5, 1.0, 1.0, 1.0),
        (1.5, 0.5, 1.0, 1.0),
    ),
    "neutral": (
        (1.0, 1.0, 1.0, 1.0),
        (1.5, 0.5, 2.0),
        (1.0, 1.0, -1.0, 1.0),
        (0.5, 0.5, 1.0, 1.0, -1.0),
        (-1.0, 1.0, 0.5, 0.5, 1.0),
        (2.0, 1.0, 0.5, 0.5),
    ),
}
# Bars of three beats, for all moods: a waltz is a waltz.
RHYTHMS_IN_THREE: tuple[Rhythm, ...] = (
    (1.0, 1.0, 1.0),
    (2.0, 1.0),
    (1.5, 0.5, 1.0),
    (1.0, 0.5, 0.5, 1.0),
    (-1.0, 1.0, 1.0),
)
BAR = 4.0
TONES = 7
STEPS = (-2, -1, 1, 2)
LEAPS = (-4, -3, 3, 4, 5)
LEAP_CHANCE = 0.28
LOWEST_DEGREE, HIGHEST_DEGREE = -3, 8


@dataclass(frozen=True)
class Tone:
    """A tone of a melody.

    Attributes:
        beat: from the bar's start.
        beats: its length.
        degree: steps of the scale from the tonic that the register is centred on.
    """

    beat: float
    beats: float
    degree: int


Line = tuple[Tone, ...]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Motif:
    """The degrees of a call and of its answer."""

    call: Shape
    answer: Shape


@dataclass(frozen=True)
class Theme:
    """The motif in a mood's rhythm: two bars."""

    call: Line
    answer: Line


def invent(rng: np.random.Generator) -> Motif:
    """A motif by chance."""
    call = contour(int(rng.choice((0, 2, 4))), rng)
    return Motif(call, contour(call[-1] + int(rng.choice(STEPS)), rng))


def contour(start: int, rng: np.random.Generator) -> Shape:
    """Degrees that mostly step and leap now and then; a leap is followed by a step back, and no tone comes thrice."""
    degrees = [start]
    leapt = 0
    while len(degrees) < TONES:
        if leapt:
            move = -1 if leapt > 0 else 1
        elif rng.random() < LEAP_CHANCE:
            move = int(rng.choice(LEAPS))
        else:
            move = int(rng.choice(STEPS))
        if not LOWEST_DEGREE <= degrees[-1] + move <= HIGHEST_DEGREE:
            move = -move
        leapt = move if abs(move) > 2 else 0
        degrees.append(degrees[-1] + move)
    return tuple(degrees)


def spoken(motif: Motif, rhythms: tuple[Rhythm, ...], rng: np.random.Generator) -> Theme:
    """The motif in two of the rhythms."""
    first, second = rng.choice(len(rhythms), 2, replace=False)
    return Theme(sung(motif.call, rhythms[int(first)]), sung(motif.answer, rhythms[int(second)]))


def sung(shape: Shape, rhythm: Rhythm) -> Line:
    """As many of a shape's degrees as the rhythm has tones."""
    tones = []
    beat = 0.0
    degrees = iter(shape)
    for length in rhythm:
        if length > 0:
            tones.append(Tone(beat, length, next(degrees)))
        beat += abs(length)
    return tuple(tones)


def transposed(line: Line, steps: int) -> Line:
    """The line on another degree."""
    return tuple(Tone(tone.beat, tone.beats, tone.degree + steps) for tone in line)


def inverted(line: Line) -> Line:
    """The line with its intervals upside down, from the same first tone."""
    if not line:
        return line
    axis = 2 * line[0].degree
    return tuple(Tone(tone.beat, tone.beats, axis - tone.degree) for tone in line)


def fragmented(line: Line, beats: float) -> Line:
    """The line's first half, and again a step higher."""
    half = beats / 2
    head = tuple(
        Tone(tone.beat, min(tone.beats, half - tone.beat), tone.degree) for tone in line if tone.beat < half
    )
    return head + tuple(Tone(tone.beat + half, tone.beats, tone.degree + 1) for tone in head)


def augmented(line: Line, half: int, beats: float = BAR) -> Line:
    """The line at half its speed: the first (0) or the second (1) of the two bars that it then takes."""
    found = []
    for tone in line:
        start, end = 2 * tone.beat - half * beats, 2 * (tone.beat + tone.beats) - half * beats
        if 0 <= start < beats:
            found.append(Tone(start, min(end, beats) - start, tone.degree))
    return tuple(found)


def calmed(line: Line, activity: float) -> Line:
    """The line with fewer of its short tones: a tone that goes leaves its time to the one before.

    Args:
        line: a bar.
        activity: 0 keeps tones on beats one and three alone, 1 keeps all.
    """
    kept: list[Tone] = []
    for tone in line:
        strength = 1.0 if tone.beat % 2 == 0 else 0.66 if tone.beat % 1 == 0 else 0.33
        if kept and strength <= 1 - activity - 1e-9:
            last = kept[-1]
            kept[-1] = Tone(last.beat, tone.beat + tone.beats - last.beat, last.degree)
        else:
            kept.append(tone)
    return tuple(kept)


def quickened(line: Line) -> Line:
    """The line with its longer tones halved, the second half a neighbouring step away."""
    quick: list[Tone] = []
    for place, tone in enumerate(line):
        if tone.beats >= 1:
            half = tone.beats / 2
            quick.append(Tone(tone.beat, half, tone.degree))
            quick.append(Tone(tone.beat + half, half, tone.degree + (1 if place % 2 else -1)))
        else:
            quick.append(tone)
    return tuple(quick)


def within(line: Line, beats: float) -> Line:
    """What fits into a bar of so many beats; what a longer bar adds goes to the last tone."""
    cut = [
        Tone(tone.beat, min(tone.beats, beats - tone.beat), tone.degree) for tone in line if tone.beat < beats
    ]
    if cut and cut[-1].beat + cut[-1].beats < beats and beats > BAR:
        last = cut[-1]
        cut[-1] = Tone(last.beat, beats - last.beat, last.degree)
    return tuple(cut)


# What the first three bars of a phrase of four are, by development; the fourth is a close on a long tone.
Bars = tuple[Callable[[Theme], Line], Callable[[Theme], Line], Callable[[Theme], Line]]
DEVELOPMENTS: dict[str, Bars] = {
    "plain": (
        lambda theme: theme.call,
        lambda theme: theme.answer,
        lambda theme: transposed(theme.call, 1),
    ),
    "sequence": (
        lambda theme: theme.call,
        lambda theme: transposed(theme.call, -1),
        lambda theme: transposed(theme.call, -2),
    ),
    "rising sequence": (
        lambda theme: theme.call,
        lambda theme: transposed(theme.call, 1),
        lambda theme: transposed(theme.call, 2),
    ),
    "inversion": (
        lambda theme: inverted(theme.call),
        lambda theme: inverted(theme.answer),
        lambda theme: transposed(inverted(theme.call), 1),
    ),
    "fragments": (
        lambda theme: fragmented(theme.call, BAR),
        lambda theme: transposed(fragmented(theme.call, BAR), 1),
        lambda theme: transposed(fragmented(theme.call, BAR), 2),
    ),
    "augmentation": (
        lambda theme: augmented(theme.call, 0),
        lambda theme: augmented(theme.call, 1),
        lambda theme: augmented(theme.answer, 0),
    ),
    # A call, and silence in which it is thought about.
    "echo": (
        lambda theme: theme.call,
        lambda _: (),
        lambda theme: theme.answer,
    ),
}
# Which of them a passage may choose from, by its name; all others are plain.
CHOICES = {
    "contrast": ("plain", "inversion", "augmentation", "echo"),
    "development": ("sequence", "rising sequence", "fragments"),
}


def phrase(theme: Theme, bar: int, bars: int, development: str, beats: float) -> Line:
    """The melody of one bar of a section.

    Phrases of four bars, in pairs: the first closes open, on the fifth, the second at home.

    Args:
        theme: the motif as the section's mood speaks it.
        bar: number of the bar within the section, from 0.
        bars: how many bars the section has; 0 leaves its end open.
        development: one of `DEVELOPMENTS`.
        beats: the bar's length.

    Raises:
        KeyError: if there is no such development.
    """
    place = bar % 4
    if place == 3 or (bar == bars - 1 and bars > 2):
        home = bar % 8 == 7 or bar == bars - 1
        return within((Tone(0, BAR - 1, 0 if home else 4),), beats)
    return within(DEVELOPMENTS[development][place](theme), beats)
