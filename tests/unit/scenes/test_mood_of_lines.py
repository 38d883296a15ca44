"""The mood of lines of speech."""

import hashlib
import re
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalsegno.models import MOODS
from dalsegno.scenes.mood import mood_probabilities

ROOT = Path(__file__).parents[3]
HELD_OUT = Path(__file__).with_name("held_out_lines.txt")
PROTOTYPES = ROOT / "scripts" / "mood_prototypes.txt"


def lines_by_mood(path: Path) -> dict[str, list[str]]:
    """The lines under each `[mood]` heading of a file."""
    lines: dict[str, list[str]] = {}
    mood = ""
    for line in path.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            mood = heading[1]
            lines[mood] = []
        elif line and not line.startswith("#"):
            lines[mood].append(line)
    return lines


@cache
def held_out() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The moods of the held-out lines, as indices, and their probabilities as heard."""
    lines = lines_by_mood(HELD_OUT)
    moods = np.array([index for index, mood in enumerate(MOODS) for _ in lines[mood]])
    return moods, mood_probabilities([line for mood in MOODS for line in lines[mood]])


def test_held_out_lines_share_no_words_with_prototypes_of_their_mood() -> None:
    """What follows measures understanding, not memory. Words of three letters and less, and endings, don't count."""

    def stems(lines: list[str]) -> set[str]:
        words = set(re.findall(r"[a-z]{4,}", " ".join(lines).lower())) - set(_FUNCTION_WORDS.split())
        return {re.sub(r"(?<=...)(ing|ed|es|s|e|y|ly)$", "", word) for word in words}

    prototypes = lines_by_mood(PROTOTYPES)
    for mood, lines in lines_by_mood(HELD_OUT).items():
        assert stems(lines) & stems(prototypes[mood]) == set(), mood


# Words that say nothing of a mood.
_FUNCTION_WORDS = (
    "about above after again against along also among anyone around away back been before behind being "
    "below beneath beside between beyond both could days does done down during each even ever every "
    "everybody everyone four from have having here inside into just many might mine more most much must "
    "near never nobody none nothing once only onto other others ought outside over past same seven shall "
    "should since some someone something still such than that their them then there these they this those "
    "three through throughout today toward towards under until upon very were what when where which while "
    "whom whose will with within without would your"
)


def test_held_out_lines_are_heard_right() -> None:
    """The floor is a few points under what is reached: 0.86 over all moods, chance being 0.10."""
    moods, probabilities = held_out()
    right = probabilities.argmax(axis=1) == moods
    assert right.mean() >= 0.80
    for index, mood in enumerate(MOODS):
        assert right[moods == index].mean() >= 0.5, mood


def test_probabilities_mean_what_they_say() -> None:
    """The mean confidence is near the share of right answers, and confident answers are right more often."""
    moods, probabilities = held_out()
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
    heard = mood_probabilities(lines).argmax(axis=1)
    assert [MOODS[index] for index in heard] == ["neutral"] * len(lines)


def test_a_mood_does_not_depend_on_the_lines_around() -> None:
    """Batches change nothing, nor does a line that comes twice."""
    lines = ["He never came home.", "We won the cup!", "Turn left at the light.", "He never came home."]
    together = mood_probabilities(lines)
    alone = np.vstack([mood_probabilities([line]) for line in lines])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_endless_and_empty_lists() -> None:
    """A text of any length has a mood; no texts have none."""
    assert mood_probabilities(["grief and tears " * 5_000]).shape == (1, 10)
    assert mood_probabilities([]).shape == (0, 10)


def test_the_weights_are_those_of_the_prototypes() -> None:
    """Whoever edits the prototypes has to run scripts/train_mood.py."""
    with as_file(files("dalsegno.scenes").joinpath("mood_head.npz")) as path, np.load(path) as head:
        assert str(head["prototypes_sha256"]) == hashlib.sha256(PROTOTYPES.read_bytes()).hexdigest()
