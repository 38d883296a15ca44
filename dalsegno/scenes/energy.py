"""How much energy is in what is said, 0 (still) to 100."""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dalsegno.models import MOODS, Mood
from dalsegno.scenes.utterance import Utterance

# The energy of a line that is wholly of one mood, said at a common pace, without emphasis.
_OF_MOOD: dict[Mood, float] = {
    "happy": 65,
    "sad": 22,
    "calm": 12,
    "tense": 66,
    "epic": 86,
    "romantic": 34,
    "dark": 48,
    "energetic": 92,
    "inspiring": 62,
    "neutral": 40,
}
NEUTRAL_ENERGY = _OF_MOOD["neutral"]
_COMMON_PACE = 2.5  # words a second: 150 a minute
_PACE_WEIGHT = 8.0
_EXCLAMATION_WEIGHT = 3.0
_CAPITALS_WEIGHT = 10.0
_WORD = re.compile(r"[^\W\d_]{2,}")


def energies(utterances: Sequence[Utterance], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The energy of each utterance: its moods' expected value, moved by the pace and emphasis of the speech.

    Args:
        utterances: n of them.
        probabilities: n x 10, over `MOODS`.

    Returns:
        n values, 0..100.
    """
    of_mood = np.array([_OF_MOOD[mood] for mood in MOODS])
    shouted = [_share_in_capitals(utterance.text) for utterance in utterances]
    # Some captions are in capitals throughout: there they are no emphasis.
    capitals_mean_emphasis = float(np.mean(shouted)) < 0.5 if shouted else False
    moved = [
        _pace(utterance) + _exclamation(utterance.text) + _CAPITALS_WEIGHT * share * capitals_mean_emphasis
        for utterance, share in zip(utterances, shouted, strict=True)
    ]
    energy: NDArray[np.float64] = np.clip(probabilities @ of_mood + np.array(moved), 0, 100)
    return energy


def _pace(utterance: Utterance) -> float:
    words, seconds = utterance.words, utterance.end - utterance.start
    if words < 3:  # an interjection's pace says nothing
        return 0.0
    return _PACE_WEIGHT * math.tanh((words / seconds - _COMMON_PACE) / _COMMON_PACE)


def _exclamation(text: str) -> float:
    return _EXCLAMATION_WEIGHT * min(3, text.count("!") + text.count("\uff01"))


def _share_in_capitals(text: str) -> float:
    words = _WORD.findall(text)
    return sum(word.isupper() for word in words) / len(words) if words else 0.0
