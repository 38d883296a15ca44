"""The scene context of a plan that the user gives instead of a transcript."""

from collections.abc import Sequence
from itertools import pairwise

from dalsegno.models import Scene
from dalsegno.scenes.analysis import check_duration
from dalsegno.scenes.energy import NEUTRAL_ENERGY
from dalsegno.scenes.result import SceneAnalysis
from dalsegno.scenes.summary import context_of


def context_of_plan(scenes: Sequence[Scene], duration: float) -> SceneAnalysis:
    """Makes a plan cover the video: cut at its end, gaps filled.

    A gap is filled by the scene before it, which then lasts until the next one begins; one at the start by the
    first scene.

    Args:
        scenes: in order, not overlapping.
        duration: length of the video in seconds.

    Raises:
        InvalidRequest: `duration` is not a length.
    """
    check_duration(duration)
    within = [scene for scene in scenes if scene.start < duration]
    notes = _notes(scenes, within, duration)
    if not within:
        whole = Scene(start=0.0, end=duration, mood="neutral", energy=NEUTRAL_ENERGY)
        return SceneAnalysis(context=context_of([whole]), notes=notes)
    starts = [0.0, *(scene.start for scene in within[1:])]
    ends = [*starts[1:], duration]
    filled = [
        Scene(start=start, end=end, mood=scene.mood, energy=scene.energy)
        for scene, start, end in zip(within, starts, ends, strict=True)
    ]
    return SceneAnalysis(context=context_of(filled), notes=notes)


def _notes(scenes: Sequence[Scene], within: Sequence[Scene], duration: float) -> list[str]:
    notes = []
    if beyond := len(scenes) - len(within):
        notes.append(f"{_counted(beyond, 'scene', f'after {duration:g} s')} left out.")
    if not within:
        return [*notes, "No scene of the plan lies within the video: one neutral scene was put in."]
    if within[-1].end > duration:
        notes.append(f"The last scene was cut at {duration:g} s.")
    if within[0].start > 0:
        notes.append(f"The first scene was begun at 0 s instead of {within[0].start:g} s.")
    gaps = sum(after.start > before.end for before, after in pairwise(within))
    if gaps:
        notes.append(f"{_counted(gaps, 'gap', 'between scenes')} filled by the scene before it.")
    if within[-1].end < duration:
        notes.append(f"The last scene was prolonged from {within[-1].end:g} s to {duration:g} s.")
    return notes


def _counted(count: int, noun: str, where: str) -> str:
    return f"1 {noun} {where} was" if count == 1 else f"{count:,} {noun}s {where} were"
