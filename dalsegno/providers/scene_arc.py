"""The arc of a video's scenes in words: "0:00 calm and low, 0:34 rising to tense, 1:10 falling to sad". Pure."""

from collections.abc import Sequence
from itertools import pairwise

from dalsegno.models import Scene

# A smaller difference of energy is neither a rise nor a fall.
_STEADY = 10
# What a new mood weighs against a difference of energy, where changes are left out.
_NEW_MOOD = 30
# As long as 0:10 with the word rising, a comma and a blank.
_SHORTEST_PART = 13
_LEVELS = ((20, "very low"), (35, "low"), (60, "moderate"), (80, "high"), (101, "very high"))


def arc_within(scenes: Sequence[Scene], longest: int) -> str:
    """The arc in at most `longest` characters, in order: the smallest changes are left out first.

    Empty where there are no scenes, or no room even for how they begin.
    """
    turns = _turns(scenes)
    largest = sorted(range(1, len(turns)), key=lambda at: _change(turns[at - 1], turns[at]), reverse=True)
    for count in range(min(len(largest), longest // _SHORTEST_PART), -1, -1):
        told = _told(_turns([*turns[:1], *(turns[at] for at in sorted(largest[:count]))]))
        if len(told) <= longest:
            return told
    return ""


def _turns(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes without those that are like the one before."""
    turns = list(scenes[:1])
    for scene in scenes[1:]:
        if _change(turns[-1], scene) >= _STEADY:
            turns.append(scene)
    return turns


def _told(scenes: Sequence[Scene]) -> str:
    parts = [f"{_clock(scene.start)} {scene.mood} and {_level(scene.energy)}" for scene in scenes[:1]]
    for before, after in pairwise(scenes):
        rise = after.energy - before.energy
        if after.mood == before.mood:
            turn = "rising" if rise > 0 else "falling"
        else:
            verb = "turning" if abs(rise) < _STEADY else "rising to" if rise > 0 else "falling to"
            turn = f"{verb} {after.mood}"
        parts.append(f"{_clock(after.start)} {turn}")
    return ", ".join(parts)


def _change(before: Scene, after: Scene) -> float:
    return abs(after.energy - before.energy) + (_NEW_MOOD if after.mood != before.mood else 0)


def _level(energy: float) -> str:
    return next(word for below, word in _LEVELS if energy < below)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
