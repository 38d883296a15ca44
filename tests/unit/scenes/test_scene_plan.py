"""A scene plan that the user gives."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalsegno.errors import InvalidRequest
from dalsegno.models import MOODS, Mood, Scene
from dalsegno.scenes import context_of_plan


def scene(start: float, end: float, mood: Mood = "calm", energy: float = 20.0) -> Scene:
    """A scene, calm unless said otherwise."""
    return Scene(start=start, end=end, mood=mood, energy=energy)


def test_a_plan_that_covers_the_video_is_taken_as_it_is() -> None:
    """No change, no note; mood and energy by time."""
    plan = [scene(0, 60), scene(60, 90, "epic", 80)]
    analysis = context_of_plan(plan, 90)
    assert analysis.context.scenes == plan
    assert (analysis.notes, analysis.segments) == ([], [])
    assert (analysis.context.dominant_mood, analysis.context.average_energy) == ("calm", 40.0)
    assert analysis.context.summary == (
        "Opens calm and ends epic. Mostly calm (67% of the time), in 2 scenes. "
        "The energy rises from low to very high."
    )


def test_gaps_are_filled_by_the_scene_before() -> None:
    """At the start by the first scene, at the end by the last."""
    analysis = context_of_plan([scene(5, 20), scene(30, 40, "dark"), scene(40, 50, "epic")], 60)
    assert [(one.start, one.end) for one in analysis.context.scenes] == [(0, 30), (30, 40), (40, 60)]
    assert analysis.notes == [
        "The first scene was begun at 0 s instead of 5 s.",
        "1 gap between scenes was filled by the scene before it.",
        "The last scene was prolonged from 50 s to 60 s.",
    ]


def test_what_lies_after_the_end_is_cut() -> None:
    """Scenes after it are left out, the one that reaches over it ends with it."""
    analysis = context_of_plan([scene(0, 20), scene(20, 40, "dark"), scene(40, 50), scene(50, 60)], 30)
    assert [(one.start, one.end) for one in analysis.context.scenes] == [(0, 20), (20, 30)]
    assert analysis.notes == ["2 scenes after 30 s were left out.", "The last scene was cut at 30 s."]


def test_a_plan_wholly_after_the_end() -> None:
    """One neutral scene, with notes."""
    analysis = context_of_plan([scene(100, 200)], 30)
    assert [(one.end, one.mood) for one in analysis.context.scenes] == [(30, "neutral")]
    assert len(analysis.notes) == 2


def test_what_is_no_duration_is_refused() -> None:
    """As for a transcript."""
    with pytest.raises(InvalidRequest, match="duration must be"):
        context_of_plan([scene(0, 1)], 0)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 20), st.floats(0.01, 50), st.sampled_from(MOODS), st.floats(0, 100)),
        max_size=9,
    ),
    st.floats(5, 600),
)
def test_scenes_cover_the_video(steps: list[tuple[float, float, Mood, float]], duration: float) -> None:
    """Whatever the plan: in order, without gaps, from 0 to the end."""
    plan, now = [], 0.0
    for gap, length, mood, energy in steps:
        plan.append(scene(now + gap, now + gap + length, mood, energy))
        now = plan[-1].end
    context = context_of_plan(plan, duration).context
    assert (context.scenes[0].start, context.scenes[-1].end) == (0, duration)
    assert all(before.end == after.start for before, after in pairwise(context.scenes))
    assert 0 <= context.average_energy <= 100
