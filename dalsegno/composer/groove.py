"""Drum patterns, sixteenth by sixteenth, with fills before boundaries."""

from dataclasses import dataclass

import numpy as np

KICK, SNARE, CLAP, STICK = 36, 38, 39, 37
CLOSED_HAT, PEDAL_HAT, OPEN_HAT, RIDE, CRASH = 42, 44, 46, 51, 49
LOW_TOM, MIDDLE_TOM, HIGH_TOM = 43, 47, 50
# General MIDI has no shaker in the first kit: its maracas are the nearest.
SHAKER, TAMBOURINE = 70, 54
STEPS_A_BEAT = 4

VELOCITIES = {"X": 112, "x": 96, "o": 78, ".": 52}


@dataclass(frozen=True)
class Line:
    """One drum's pattern.

    Attributes:
        energy: from which it plays.
        key: General MIDI's drum key.
        pattern: one letter a sixteenth, repeated: X, x, o and . from loud to soft, - for none.
        instrument: of the catalogue; "" for the groove's kit.
        until: energy up to which it plays.
    """

    energy: float
    key: int
    pattern: str
    instrument: str = ""
    until: float = 101


@dataclass(frozen=True)
class Groove:
    """Lines that play together.

    Attributes:
        fill: the drums of its fills, from high to low.
        kit: plays what names no instrument; "" for the kit of the mood's palette.
    """

    lines: tuple[Line, ...]
    fill: tuple[tuple[str, int], ...] = (("", HIGH_TOM), ("", MIDDLE_TOM), ("", LOW_TOM))
    kit: str = ""


ORCHESTRAL_FILL = (("orchestral percussion", 38), ("taiko", 48), ("taiko", 43))

GROOVES = {
    "pop": Groove(
        (
            Line(0, CLOSED_HAT, "o-.-o-.-", until=60),
            Line(60, CLOSED_HAT, "x.o.x.o."),
            Line(0, KICK, "x-------o-------", until=45),
            Line(45, KICK, "x-----o-x-------"),
            Line(40, SNARE, "----x-------x---"),
            Line(75, SNARE, "-------.-.------"),
            Line(70, TAMBOURINE, "----o-------o-o-"),
            Line(85, OPEN_HAT, "--------------o-"),
        )
    ),
    "shuffle": Groove(
        (
            Line(0, CLOSED_HAT, "o-.-o-.o"),
            Line(0, KICK, "x-------x-------"),
            Line(36, STICK, "----o-------o---", until=58),
            Line(58, SNARE, "----x-------x---"),
            Line(64, TAMBOURINE, "--o---o---o---o-"),
            Line(74, CLAP, "----o-------o---"),
        )
    ),
    "brushes": Groove(
        (
            Line(0, CLOSED_HAT, "----.-------.---"),
            Line(30, SNARE, "o-..o-..o-..o-.."),
            Line(50, KICK, "o---------o-----"),
            Line(72, RIDE, "o---o-o-o---o-o-"),
        ),
        fill=(("", SNARE), ("", SNARE), ("", LOW_TOM)),
    ),
    "waltz": Groove(
        (
            Line(0, KICK, "o-----------"),
            Line(30, SNARE, "----.---.---"),
            Line(60, RIDE, "o---o---o---"),
        ),
        fill=(("", SNARE), ("", SNARE), ("", LOW_TOM)),
    ),
    "shaker": Groove(
        (
            Line(0, SHAKER, "o.o.o.o."),
            Line(46, KICK, "o---------o-----"),
            Line(56, STICK, "----o-------o---", until=72),
            Line(72, SNARE, "----x-------x---"),
            Line(82, CLOSED_HAT, "o-o-o-o-"),
        ),
        fill=(("", STICK), ("", LOW_TOM), ("", LOW_TOM)),
    ),
    "ticking": Groove(
        (
            Line(0, CLOSED_HAT, "o---.---", "drum kit", until=45),
            Line(45, CLOSED_HAT, "o.-.o.-.", "drum kit"),
            Line(35, 41, "x-------------o-", "concert bass drum"),
            Line(60, 45, "x--x--x---x--x--", "taiko"),
            Line(76, SNARE, "..o...o...o.o.oo", "orchestral percussion"),
        ),
        fill=ORCHESTRAL_FILL,
    ),
    "march": Groove(
        (
            Line(0, 36, "x---------------", "concert bass drum"),
            Line(40, 43, "x---o-x-x---o-x-", "taiko"),
            Line(58, SNARE, "x--.x...x--.x.o.", "orchestral percussion"),
            Line(70, 48, "x---x---x---x-xx", "taiko"),
            Line(84, 57, "x---------------", "orchestral percussion"),
        ),
        fill=ORCHESTRAL_FILL,
    ),
    "taiko": Groove(
        (
            Line(0, 41, "x-----o---------", "taiko"),
            Line(44, 43, "x--o--x-x--o--x-", "taiko"),
            Line(64, 50, "--x---x---x-x-x-", "taiko"),
            Line(56, 36, "x-------x-------", "concert bass drum"),
            Line(78, SNARE, "o.o.x.o.o.o.x.oo", "orchestral percussion"),
        ),
        fill=ORCHESTRAL_FILL,
    ),
    "heartbeat": Groove(
        (
            Line(0, 36, "x-o-------------", "concert bass drum"),
            Line(48, 41, "--------x-----o-", "taiko"),
            Line(66, 38, "x-----x-x-----x-", "taiko"),
            Line(72, CLOSED_HAT, "o---o---o---o.o.", "808 kit"),
            Line(82, SNARE, "--------x-----..", "808 kit"),
        ),
        fill=(("taiko", 48), ("taiko", 43), ("taiko", 38)),
    ),
    "four on the floor": Groove(
        (
            Line(0, KICK, "X---X---X---X---"),
            Line(0, CLOSED_HAT, "--o---o---o---o-", until=50),
            Line(50, CLOSED_HAT, "o.x.o.x.o.x.o.x."),
            Line(40, CLAP, "----x-------x---"),
            Line(60, SNARE, "----X-------X---"),
            Line(72, OPEN_HAT, "--o---o---o---o-"),
            Line(86, TAMBOURINE, "o-o-o-o-o-o-o-o-"),
        ),
        fill=(("", SNARE), ("", SNARE), ("", SNARE)),
    ),
    "drive": Groove(
        (
            Line(0, CLOSED_HAT, "x-o-x-o-"),
            Line(0, KICK, "X-----x-X-x-----"),
            Line(36, SNARE, "----X-------X---"),
            Line(70, SNARE, "-------.-.-----."),
            Line(78, RIDE, "x-x-x-x-"),
        )
    ),
    "build": Groove(
        (
            Line(0, KICK, "x-------x-------", until=55),
            Line(55, KICK, "X---x---X---x---"),
            Line(44, SHAKER, "o.o.o.o.", until=72),
            Line(60, SNARE, "----x-------x---"),
            Line(72, CLOSED_HAT, "o-o-o-o-"),
            Line(80, 43, "x-----x-x-----x-", "taiko"),
        )
    ),
    "boom bap": Groove(
        (
            Line(0, KICK, "X------o--X-----"),
            Line(0, SNARE, "----x-------x---"),
            Line(20, CLOSED_HAT, "o-o-o-o-o-o-o-oo"),
            Line(75, OPEN_HAT, "--------------o-"),
        ),
        kit="808 kit",
    ),
    "trap": Groove(
        (
            Line(0, KICK, "X-----x---x-----"),
            Line(0, CLAP, "--------X-------"),
            Line(20, CLOSED_HAT, "o-o-o-o-o-oooo-o"),
            Line(60, SNARE, "--------X-----.."),
            Line(78, OPEN_HAT, "------o---------"),
        ),
        kit="808 kit",
    ),
    "swing": Groove(
        (
            Line(0, RIDE, "o---o-o-o---o-o-"),
            Line(0, PEDAL_HAT, "----o-------o---"),
            Line(40, KICK, ".---.---.---.---"),
            Line(56, SNARE, "------.-------o-"),
        ),
        kit="brush kit",
        fill=(("", SNARE), ("", SNARE), ("", LOW_TOM)),
    ),
}

# Grooves that an orchestra's percussion can play: its kit has no hi-hat where others have theirs.
ORCHESTRAL = ("march", "taiko", "ticking", "heartbeat")


@dataclass(frozen=True)
class Stroke:
    """One stroke of a drum, at a beat from the bar's start."""

    beat: float
    key: int
    velocity: int
    instrument: str


def bar_of_drums(groove: Groove, kit: str, beats: float, energy: float, feel: float) -> list[Stroke]:
    """A bar of the groove at an energy of 0..100, at half, full or double time (`feel` 0.5, 1 or 2)."""
    steps_a_beat = STEPS_A_BEAT * feel
    strokes = []
    for line in groove.lines:
        if not line.energy <= energy < line.until:
            continue
        for step in range(round(beats * steps_a_beat)):
            letter = line.pattern[step % len(line.pattern)]
            if letter in VELOCITIES:
                instrument = line.instrument or groove.kit or kit
                strokes.append(Stroke(step / steps_a_beat, line.key, VELOCITIES[letter], instrument))
    return strokes


def with_fill(
    strokes: list[Stroke],
    groove: Groove,
    kit: str,
    beats: float,
    energy: float,
    rng: np.random.Generator,
) -> list[Stroke]:
    """The bar with its last beat, or its last two at high energy, given over to a fill that grows louder."""
    length = min(2.0 if energy > 60 else 1.0, beats / 2)
    start = beats - length
    filled = [stroke for stroke in strokes if stroke.beat < start or stroke.key == KICK]
    steps = round(length * STEPS_A_BEAT)
    for step in range(steps):
        if step and rng.random() > 0.45 + energy / 180:
            continue
        name, key = groove.fill[min(len(groove.fill) - 1, step * len(groove.fill) // steps)]
        velocity = round(62 + 46 * (step + 1) / steps)
        filled.append(Stroke(start + step / STEPS_A_BEAT, key, velocity, name or groove.kit or kit))
    return filled
