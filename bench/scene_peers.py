"""What else gives a line of speech a mood: VADER with thresholds, and a list of keywords for each mood."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from dalsegno.models import MOODS, Mood

# From the moods' names and their synonyms in a thesaurus, not from the lines that are judged.
_KEYWORDS: dict[Mood, str] = {
    "happy": "happy joy glad smile laugh laughing fun party birthday celebrate cheerful delighted funny yay love",
    "sad": "sad cry tears grief died death lost funeral miss alone lonely goodbye sorrow mourn buried empty",
    "calm": "calm quiet peace gentle slow slowly soft breathe relax rest still silence lake garden sleep tea",
    "tense": "danger afraid hurry gun police warning careful threat hide escape bomb panic nervous wait run trapped",
    "epic": "battle empire king army thousand war legend world history giant mountain heroes gods victory ships",
    "romantic": "love kiss darling heart marry wedding ring bride together romance beloved sweetheart honeymoon",
    "dark": "blood murder killed corpse evil demon horror killer grave torture skull ghost knife burned rotting",
    "energetic": "go fast faster jump push goal sprint race speed now loud boom energy pump crowd",
    "inspiring": "dream believe hope courage never overcome future change learn teach achieve possible inspire strong",
    "neutral": "click menu settings next first step page list percent table following section minutes number",
}


# From which score on: the mood without and with an exclamation mark.
_THRESHOLDS: tuple[tuple[float, Mood, Mood], ...] = (
    (0.5, "happy", "energetic"),
    (0.2, "romantic", "happy"),
    (0.05, "calm", "happy"),
    (-0.05, "neutral", "energetic"),
    (-0.3, "tense", "tense"),
    (-0.6, "sad", "tense"),
    (-1.0, "dark", "dark"),
)


def vader() -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """A mood by thresholds on VADER's scores (Hutto and Gilbert, 2014), which know good, bad and how strongly."""
    analyzer = SentimentIntensityAnalyzer()

    def mood(text: str) -> Mood:
        score = analyzer.polarity_scores(text)["compound"]
        quietly, loudly = next((quiet, loud) for least, quiet, loud in _THRESHOLDS if score >= least)
        return loudly if "!" in text else quietly

    return lambda texts: _likely([mood(text) for text in texts])


def keywords() -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """The mood most of whose keywords come up; neutral where none does."""
    listed = {mood: frozenset(words.split()) for mood, words in _KEYWORDS.items()}

    def mood(text: str) -> Mood:
        words = re.findall(r"[a-z]+", text.lower())
        found = {name: sum(word in known for word in words) for name, known in listed.items()}
        best = max(found, key=lambda name: found[name])
        return best if found[best] else "neutral"

    return lambda texts: _likely([mood(text) for text in texts])


def _likely(moods: Sequence[Mood]) -> NDArray[np.float64]:
    """Probabilities for what names a mood alone: nine in ten for it, the rest shared by the others."""
    rows = np.full((len(moods), len(MOODS)), 0.1 / (len(MOODS) - 1))
    rows[np.arange(len(moods)), [MOODS.index(mood) for mood in moods]] = 0.9
    return rows
