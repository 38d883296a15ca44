"""The arc of a video's scenes in words: "0:00 calm and low, 0:34 rising to tense, 1:10 falling to sad". Pure."""

from collections.abc import Sequence
from itertools import pairwise

from dalsegno.models import Scene

# A smaller difference of energy is neither a rise nor a fall.
_STEADY = 10
# What a new mood weighs against a difference of energy, where changes are left out.
_NEW_MOOD = 30
_LEVELS = ((20, "very low"), (35, "low"), (60, "moderate"), (80, "high"), (101, "very high"))


def arc_within(scenes: Sequence[Scene], longest: int) -> str:
    """The arc in at most `longest` characters, in order: the smallest changes are left out first.

    Empty where there are no scenes, or no room even for how they begin.
    """
    kept = list(scenes[:1])
    for scene in scenes[1:]:
        if _change(kept[-1], scene) >= _STEADY:
            kept.append(scene)
    while len(told := _told(kept)) > longest:
        if len(kept) == 1:
            return ""
        changes = [_change(before, after) for before, after in pairwise(kept)]
        del kept[1 + changes.index(min(changes))]
    return told


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
