"""A scene context in words."""

import pytest

from dalsegno.models import Mood, Scene
from dalsegno.scenes import context_of_plan


def summary(*scenes: tuple[Mood, float], length: float = 30.0) -> str:
    """The summary of scenes of one length."""
    plan = [
        Scene(start=index * length, end=(index + 1) * length, mood=mood, energy=energy)
        for index, (mood, energy) in enumerate(scenes)
    ]
    return context_of_plan(plan, len(plan) * length).context.summary


@pytest.mark.parametrize(
    ("scenes", "expected"),
    [
        ([("calm", 10.0)], "One scene, calm throughout. Its energy is very low."),
        (
            [("epic", 60.0), ("epic", 90.0)],
            "Epic throughout, in 2 scenes. The energy rises from high to very high.",
        ),
        (
            [("dark", 50.0), ("tense", 55.0), ("dark", 52.0)],
            (
                "Opens dark, is tense in the middle and ends dark. Mostly dark (67% of the time), in 3 scenes. "
                "The energy stays moderate."
            ),
        ),
        (
            [("happy", 70.0), ("happy", 60.0), ("sad", 20.0)],
            (
                "Opens happy and, after turns in between, ends sad. Mostly happy (67% of the time), in 3 scenes. "
                "The energy falls from high to low."
            ),
        ),
        (
            [("calm", 30.0), ("epic", 95.0), ("sad", 15.0), ("epic", 80.0)],
            (
                "Opens calm, then turns epic to the end. Mostly epic (50% of the time), in 4 scenes. "
                "The energy is greatest from 0:30 on and least from 1:00 on."
            ),
        ),
    ],
)
def test_the_course_of_moods_and_energy_is_told(scenes: list[tuple[Mood, float]], expected: str) -> None:
    """Two or three plain sentences."""
    assert summary(*scenes) == expected


def test_hours_are_told_in_long_videos() -> None:
    """Clock times as players show them."""
    told = summary(("calm", 30), ("epic", 95), ("sad", 15), length=3_605)
    assert told.endswith("greatest from 1:00:05 on and least from 2:00:10 on.")
