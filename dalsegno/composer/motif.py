"""A motif, and what is made of it: sequence, inversion, fragments, wider and closer rhythm, cadences."""

from dataclasses import dataclass

import numpy as np

# Rhythms of one bar of four beats, in beats; a minus sign marks a rest.
RHYTHMS = (
    (1.5, 0.5, 1.0, 1.0),
    (1.0, 0.5, 0.5, 2.0),
    (0.5, 0.5, 1.0, 2.0),
    (1.0, 1.0, 0.5, 0.5, 1.0),
    (-0.5, 0.5, 0.5, 0.5, 1.0, 1.0),
    (2.0, 0.5, 0.5, 1.0),
    (0.75, 0.75, 0.5, 1.0, 1.0),
    (-1.0, 0.5, 0.5, 1.5, 0.5),
    (1.5, 1.5, 1.0),
    (0.5, 1.0, 0.5, 0.5, 0.5, 1.0),
)
STEPS = (-2, -1, 1, 2)
LEAPS = (-4, -3, 3, 4, 5)


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


@dataclass(frozen=True)
class Motif:
    """Two bars of four beats: a call and its answer."""

    call: Line
    answer: Line


def invent(rng: np.random.Generator) -> Motif:
    """A motif by chance: two rhythms, and a contour that mostly steps, leaps now and then, and turns back."""
    first, second = rng.choice(len(RHYTHMS), 2, replace=False)
    start = int(rng.choice((0, 2, 4)))
    call = contour(RHYTHMS[first], start, rng)
    answer = contour(RHYTHMS[second], call[-1].degree + int(rng.choice(STEPS)), rng)
    return Motif(call, answer)


def contour(rhythm: tuple[float, ...], start: int, rng: np.random.Generator) -> Line:
    """Tones on a rhythm. A leap is followed by a step back; the line stays within an octave about its start."""
    tones = []
    beat, degree, leapt = 0.0, start, 0
    for length in rhythm:
        if length > 0:
            tones.append(Tone(beat, length, degree))
            if leapt:
                move = -1 if leapt > 0 else 1
            elif rng.random() < 0.28:
                move = int(rng.choice(LEAPS))
            else:
                move = int(rng.choice(STEPS))
            if not -3 <= degree + move <= 8:
                move = -move
            leapt = move if abs(move) > 2 else 0
            degree += move
        beat += abs(length)
    return tuple(tones)


def transposed(line: Line, steps: int) -> Line:
    """The line on another degree (a sequence)."""
    return tuple(Tone(tone.beat, tone.beats, tone.degree + steps) for tone in line)


def inverted(line: Line) -> Line:
    """The line with its intervals upside down, from the same first tone."""
    axis = 2 * line[0].degree
    return tuple(Tone(tone.beat, tone.beats, axis - tone.degree) for tone in line)


def fragmented(line: Line, beats: float) -> Line:
    """The line's first half, and again a step higher."""
    half = beats / 2
    head = tuple(
        Tone(tone.beat, min(tone.beats, half - tone.beat), tone.degree) for tone in line if tone.beat < half
    )
    return head + tuple(Tone(tone.beat + half, tone.beats, tone.degree + 1) for tone in head)


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
    if cut and cut[-1].beat + cut[-1].beats < beats and beats > 4:
        last = cut[-1]
        cut[-1] = Tone(last.beat, beats - last.beat, last.degree)
    return tuple(cut)


def phrase(motif: Motif, bar: int, bars: int, development: str, beats: float) -> Line:
    """The melody of one bar of a section.

    Phrases of four bars: call, answer, the call developed, and a close on a long tone.

    Args:
        motif: the piece's.
        bar: number of the bar within the section, from 0.
        bars: how many bars the section has.
        development: "plain", "sequence", "inversion", "fragments": what becomes of the call.
        beats: the bar's length.
    """
    place = bar % 4
    if place == 3 or (bar == bars - 1 and bars > 2):
        last_of_period = bar % 8 == 7 or bar == bars - 1
        return within((Tone(0, 3, 0 if last_of_period else 4),), beats)
    line = motif.answer if place == 1 else motif.call
    if place == 2:
        line = transposed(line, 1)
    if development == "inversion":
        line = inverted(line)
    elif development == "fragments" and place != 1:
        line = fragmented(line, 4)
    elif development == "sequence":
        line = transposed(line, (0, 0, 2, 0, 1, 1, 3, 0)[bar % 8])
    return within(line, beats)
