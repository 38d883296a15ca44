"""Accompaniment and bass: how a chord is played within a bar.

A pattern yields (beat, beats, which tones, force): tones by number within the voicing, None for all of them,
force as a factor of the velocity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

LOW = "low "


@dataclass(frozen=True)
class Touch:
    """One touch of the accompaniment.

    Attributes:
        beat: from the chord's start.
        beats: its length.
        tone: number of the voicing's tone, from the lowest; None for all at once.
        force: factor of the velocity.
        octave: octaves to move it by.
    """

    beat: float
    beats: float
    tone: int | None
    force: float = 1.0
    octave: int = 0


def steps(beats: float, unit: float) -> Iterator[tuple[int, float]]:
    """Numbers and beats of all steps of a unit within a length."""
    count = 0
    while count * unit < beats - 1e-9:
        yield count, count * unit
        count += 1


def accompaniment(pattern: str, beats: float, tones: int) -> list[Touch]:
    """How an accompaniment pattern plays a chord.

    Args:
        pattern: its name; "low" before it moves it an octave down.
        beats: how long the chord lasts.
        tones: how many tones the voicing has.

    Raises:
        KeyError: if no pattern has this name.
    """
    if pattern.startswith(LOW):
        return [
            replace(touch, octave=touch.octave - 1)
            for touch in accompaniment(pattern.removeprefix(LOW), beats, tones)
        ]
    return {
        "block": lambda: [Touch(0, beats, None)],
        "broken": lambda: [
            Touch(beat, 1.5, (0, 1, 2, 1)[number % 4] % tones, 0.82 if number % 4 else 1.0)
            for number, beat in steps(beats, 0.5 if tones > 3 else 1.0)
        ],
        "drops": lambda: [
            Touch(beat, 3.0, (0, 2, 1, 2)[number % 4] % tones, 0.85 if number % 2 else 1.0)
            for number, beat in steps(beats, 2.0)
        ],
        "rolling": lambda: [
            Touch(beat, 1.0, (0, 2, 1, 2, 3, 2, 1, 2)[number % 8] % tones, 0.75 if number % 2 else 0.95)
            for number, beat in steps(beats, 0.5)
        ],
        "flowing": lambda: [
            Touch(
                beat,
                1.0,
                (0, 1, 2, 0, 2, 1)[number % 6] % tones,
                1.0 if number % 4 == 0 else 0.72,
                1 if number % 6 == 3 else 0,
            )
            for number, beat in steps(beats, 0.25)
        ],
        "offbeat": lambda: [Touch(beat + 0.5, 0.35, None, 0.9) for _, beat in steps(beats - 0.5, 1.0)],
        "strum": lambda: [
            Touch(beat, 0.5, None, 1.0 if number % 4 == 0 else 0.72)
            for number, beat in steps(beats, 0.5)
            if number % 8 not in (1, 5)
        ],
        "pulse": lambda: [
            Touch(beat, 0.4, 0, 1.0 if number % 2 == 0 else 0.72) for number, beat in steps(beats, 0.5)
        ],
        "eighths": lambda: [
            Touch(beat, 0.5, None if number % 4 == 0 else tones - 1, 1.0 if number % 4 == 0 else 0.72)
            for number, beat in steps(beats, 0.5)
        ],
        "ostinato": lambda: [
            Touch(beat, 0.22, (0, 0, 1, 0, 2, 0, 1, 0)[number % 8] % tones, 1.0 if number % 4 == 0 else 0.7)
            for number, beat in steps(beats, 0.25)
        ],
        "arpeggio": lambda: [
            Touch(
                beat,
                0.24,
                number % (tones + 1) % tones,
                1.0 if number % 4 == 0 else 0.72,
                1 if number % (tones + 1) == tones else 0,
            )
            for number, beat in steps(beats, 0.25)
        ],
        "stabs": lambda: [
            Touch(beat, 0.3, None, 0.95)
            for beat in (0, 0.75, 1.5, 2.5, 3.25, 4, 4.75, 5.5, 6.5, 7.25)
            if beat < beats
        ],
    }[pattern]()


# Tones of a bass line by number: the root, the fifth and the third above it, and a step that leads to the next root.
ROOT, FIFTH, THIRD, APPROACH = 0, 1, 2, 3


def bass_line(pattern: str, beats: float) -> list[Touch]:
    """How a bass pattern plays a chord; its tones are ROOT, FIFTH, THIRD and APPROACH.

    Raises:
        KeyError: if no pattern has this name.
    """
    touches = {
        "long": lambda: [Touch(0, beats, ROOT)],
        "pedal": lambda: [Touch(beat, min(4.0, beats - beat), ROOT) for _, beat in steps(beats, 4.0)],
        "root fifth": lambda: [
            Touch(beat, min(1.8, beats - beat), number % 2, 1.0 if number % 2 == 0 else 0.85)
            for number, beat in steps(beats, 2.0)
        ],
        "bounce": lambda: [
            Touch(beat, 0.6, (ROOT, ROOT, FIFTH, ROOT)[number % 4], (1.0, 0.7, 0.9, 0.7)[number % 4])
            for number, beat in steps(beats, 1.0)
        ],
        "pulse": lambda: [
            Touch(beat, 0.45, ROOT, 1.0 if number % 2 == 0 else 0.8) for number, beat in steps(beats, 0.5)
        ],
        "octaves": lambda: [
            Touch(beat, 0.42, ROOT, 1.0 if number % 2 == 0 else 0.82, number % 2)
            for number, beat in steps(beats, 0.5)
        ],
        "walk": lambda: [
            Touch(beat, 0.9, (ROOT, THIRD, FIFTH, THIRD)[number % 4], 1.0 if number % 2 == 0 else 0.88)
            for number, beat in steps(beats, 1.0)
        ],
    }[pattern]()
    if pattern in LEADING and beats >= SHORTEST_LED and beats == int(beats):
        touches[-1] = replace(touches[-1], tone=APPROACH, octave=0)
    return touches


# Patterns whose last tone leads into the next chord, where the chord lasts long enough.
LEADING = ("root fifth", "bounce", "pulse", "walk")
SHORTEST_LED = 4.0
