"""The mood of lines of speech."""

import hashlib
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.scene_lines import LANGUAGES, PROTOTYPES, held_out, read_lines
from dalsegno.models import MOODS
from dalsegno.scenes.mood import HEADS, Ear, mood_probabilities


@cache
def heard(name: str, ear: Ear = "english") -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The moods of held-out lines, as indices, and their probabilities as heard."""
    lines = held_out(name)
    moods = np.array([MOODS.index(line.mood) for line in lines])
    return moods, mood_probabilities([line.text for line in lines], ear=ear)


def test_there_are_enough_prototypes_of_each_mood_and_none_comes_twice() -> None:
    """The rarest mood has more than a hundred."""
    prototypes = read_lines(PROTOTYPES)
    assert min(sum(line.mood == mood for line in prototypes) for mood in MOODS) >= 100
    assert len({line.text for line in prototypes}) == len(prototypes)


@pytest.mark.parametrize(
    ("name", "least", "least_of_a_mood"), [("plain_en", 0.80, 0.4), ("test_en", 0.77, 0.5)]
)
def test_held_out_lines_are_heard_right(name: str, least: float, least_of_a_mood: float) -> None:
    """The floors are a few points under what is reached; chance is 0.10."""
    moods, probabilities = heard(name)
    right = probabilities.argmax(axis=1) == moods
    assert right.mean() >= least
    for index, mood in enumerate(MOODS):
        assert right[moods == index].mean() >= least_of_a_mood, mood


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_are_heard_right_by_the_model_of_the_extra(language: str) -> None:
    """No prototype is in any of them: what is said alike lies close in all languages."""
    moods, probabilities = heard(f"test_{language}", "multilingual")
    assert (probabilities.argmax(axis=1) == moods).mean() >= 0.75


def test_probabilities_mean_what_they_say() -> None:
    """The mean confidence is near the share of right answers, and confident answers are right more often."""
    moods, probabilities = heard("test_en")
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == moods
    assert abs(confidence.mean() - right.mean()) < 0.12
    assert right[confidence >= 0.8].mean() > right[confidence < 0.8].mean()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_connective_speech_is_neutral() -> None:
    """Lines that any video has between its scenes."""
    lines = [
        "Moving on to the following topic.",
        "Alright, next up is the cable.",
        "Let me show you where to find that.",
        "There are two things to mention here.",
        "So, what I did was I opened the menu.",
        "As you'll see in this chart, it's about ten per cent.",
    ]
    best = mood_probabilities(lines).argmax(axis=1)
    assert [MOODS[index] for index in best] == ["neutral"] * len(lines)


def test_a_mood_does_not_depend_on_the_lines_around() -> None:
    """Batches change nothing, nor does a line that comes twice."""
    lines = ["He never came home.", "We won the cup!", "He never came home.", "Turn left at the light."]
    together = mood_probabilities(lines)
    alone = np.vstack([mood_probabilities([line]) for line in lines])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_endless_and_empty_lists() -> None:
    """A text of any length has a mood; no texts have none."""
    assert mood_probabilities(["grief and tears " * 5_000]).shape == (1, 10)
    assert mood_probabilities([]).shape == (0, 10)


def test_lines_that_come_twice_are_counted_as_done_twice() -> None:
    """Who is told how far it is hears of lines, not of batches, up to the last one."""
    told: list[int] = []
    mood_probabilities(["Go!", "Go!", "He never came home.", "Go!"], told.append)
    assert told == sorted(told)
    assert told[-1] == 4


@pytest.mark.parametrize("ear", HEADS)
def test_the_weights_are_those_of_the_prototypes(ear: Ear) -> None:
    """Whoever edits the prototypes has to run scripts/train_mood.py."""
    with as_file(files("dalsegno.scenes").joinpath(HEADS[ear])) as path, np.load(path) as head:
        assert str(head["prototypes_sha256"]) == hashlib.sha256(PROTOTYPES.read_bytes()).hexdigest()
