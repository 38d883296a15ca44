"""How fitted music ends: as it was made to end, or cut on a musical point and faded out from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dalsegno.fitting.recording import TICKS_A_SECOND, Recording
from dalsegno.models import SAMPLE_RATE

# What lies so far below the recording's level at its end has all but died away.
DIED_AWAY_DB = -22.0
LONGEST_DECAY = 10.0
STEPS_A_SECOND = 20
# Seconds, and shares of the whole, between which a fade lasts, and how long it lasts at best.
SHORTEST_FADE, LONGEST_FADE, BEST_FADE = (1.5, 0.12), (8.0, 0.4), (3.5, 0.2)
# An ending of its own is only kept from clicking.
OWN_ENDING_FADE = 0.25

Point = Literal["phrase", "bar", "beat", "attack", "time"]
# What a point is worth: as the octaves by which a fade from there may differ from the best one.
COSTS: dict[Point, float] = {"phrase": 0.0, "bar": 0.25, "beat": 0.9}


@dataclass(frozen=True)
class Ending:
    """What the end of the recording bears.

    Attributes:
        spare: seconds of its end that can go, since it has all but died away by then.
        rest: seconds of silence that may follow it.
    """

    spare: float
    rest: float = 0.25

    def kept(self, excess: float) -> bool:
        """Whether music longer by `excess` seconds than wanted can end as it was made to."""
        return -self.rest <= excess <= self.spare


@dataclass(frozen=True)
class Cut:
    """Where the fade begins, in seconds of the fitted music, and on what it falls."""

    time: float
    point: Point


def level_of(recording: Recording) -> float:
    """The mean square of what is loud in a recording, summed over both sides."""
    powers = step_powers(recording, 0)
    return float(powers[powers >= powers.mean() / 10].mean())


def ending_of(recording: Recording, level: float) -> Ending:
    """How much of the recording's end has all but died away."""
    powers = step_powers(recording, max(0, recording.frames - round(LONGEST_DECAY * SAMPLE_RATE)))
    loud = np.flatnonzero(powers > level * 10 ** (DIED_AWAY_DB / 10))
    last = loud[-1] + 1 if len(loud) else len(powers)
    return Ending(spare=(len(powers) - int(last)) / STEPS_A_SECOND)


def step_powers(recording: Recording, first: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The mean square of each twentieth of a second from a frame on, summed over both sides."""
    step = SAMPLE_RATE // STEPS_A_SECOND
    rows = [
        np.square(recording.read(start, start + step), dtype=np.float64).sum() / step
        for start in range(first, recording.frames, step)
    ]
    return np.array(rows)


def choose_cut(
    beats: Sequence[tuple[float, Point]], attacks: Sequence[tuple[float, float]], duration: float
) -> Cut:
    """Where to begin the fade: a phrase, a bar, a beat, else the strongest attack, else at a good time.

    Args:
        beats: seconds of those of the fitted music, and what begins with each.
        attacks: pairs of seconds and strength, of the fitted music.
        duration: seconds, where the fade ends.
    """
    shortest, longest, best = (
        min(seconds, share * duration) for seconds, share in (SHORTEST_FADE, LONGEST_FADE, BEST_FADE)
    )
    inside = [beat for beat in beats if shortest <= duration - beat[0] <= longest]
    if inside:
        return Cut(*min(inside, key=lambda beat: COSTS[beat[1]] + abs(np.log2((duration - beat[0]) / best))))
    heard = [(strength, time) for time, strength in attacks if shortest <= duration - time <= longest]
    if heard and max(heard)[0] > 0:
        return Cut(max(heard)[1], "attack")
    return Cut(duration - best, "time")


def strongest_attacks(recording: Recording) -> list[tuple[float, float]]:
    """The strongest attack of each quarter of a second: its time and its strength."""
    size = TICKS_A_SECOND // 4
    found = []
    for start in range(0, len(recording.attacks), size):
        piece = recording.attacks[start : start + size]
        found.append(((start + int(piece.argmax())) / TICKS_A_SECOND, float(piece.max())))
    return found
