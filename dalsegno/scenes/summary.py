"""A scene context from scenes: dominant mood, average energy, and all of it in words."""

from collections import Counter
from collections.abc import Sequence

from dalsegno.models import Mood, Scene, SceneContext


def context_of(scenes: Sequence[Scene]) -> SceneContext:
    """The context of scenes that lie in order, without gaps; there is at least one."""
    length = sum(_length(scene) for scene in scenes)
    average = sum(scene.energy * _length(scene) for scene in scenes) / length
    times = _time_by_mood(scenes)
    dominant = max(times, key=lambda mood: times[mood])
    return SceneContext(
        dominant_mood=dominant,
        average_energy=round(average, 1),
        scene_count=len(scenes),
        summary=_summary(scenes, dominant, times[dominant] / length),
        scenes=list(scenes),
    )


def _summary(scenes: Sequence[Scene], dominant: Mood, share: float) -> str:
    if len(scenes) == 1:
        return f"One scene, {dominant} throughout. Its energy is {_degree(scenes[0].energy)}."
    count = f"{len(scenes)} scenes"
    if share > 0.995:
        course = f"{dominant.capitalize()} throughout, in {count}."
    else:
        course = f"{_course(scenes)}. Mostly {dominant} ({share:.0%} of the time), in {count}."
    return f"{course} {_energy_course(scenes)}"


def _course(scenes: Sequence[Scene]) -> str:
    opening, ending = scenes[0].mood, scenes[-1].mood
    middle = _time_by_mood(scenes[1:-1])
    if not middle:
        return f"Opens {opening} and ends {ending}"
    main = max(middle, key=lambda mood: middle[mood])
    if main == opening:
        return f"Opens {opening} and, after turns in between, ends {ending}"
    if main == ending:
        return f"Opens {opening}, then turns {main} to the end"
    return f"Opens {opening}, is {main} in the middle and ends {ending}"


def _energy_course(scenes: Sequence[Scene]) -> str:
    first, last = scenes[0].energy, scenes[-1].energy
    peak = max(scenes, key=lambda scene: scene.energy)
    low = min(scenes, key=lambda scene: scene.energy)
    if peak.energy - low.energy < 12:
        return f"The energy stays {_degree((peak.energy + low.energy) / 2)}."
    if peak is scenes[-1] and low is scenes[0]:
        return f"The energy rises from {_degree(first)} to {_degree(last)}."
    if peak is scenes[0] and low is scenes[-1]:
        return f"The energy falls from {_degree(first)} to {_degree(last)}."
    return f"The energy is greatest from {_clock(peak.start)} on and least from {_clock(low.start)} on."


def _degree(energy: float) -> str:
    """An energy in words."""
    for below, word in ((20, "very low"), (35, "low"), (60, "moderate"), (80, "high")):
        if energy < below:
            return word
    return "very high"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _time_by_mood(scenes: Sequence[Scene]) -> Counter[Mood]:
    times: Counter[Mood] = Counter()
    for scene in scenes:
        # In milliseconds, so that equal times are equal.
        times[scene.mood] += round(1000 * _length(scene))
    return Counter({mood: time / 1000 for mood, time in times.items()})


def _length(scene: Scene) -> float:
    return scene.end - scene.start
