"""How much energy speech has."""

import numpy as np
import pytest

from dalsegno.models import MOODS, Mood
from dalsegno.scenes.energy import energies
from dalsegno.scenes.utterance import Utterance


def energy(*texts: str, mood: Mood = "neutral", seconds: float = 2.0) -> list[float]:
    """The energies of utterances that are certainly of a mood."""
    utterances = [Utterance(0.0, seconds, text, (0,), 0.0, continues=False) for text in texts]
    probabilities = np.tile(np.array([float(each == mood) for each in MOODS]), (len(texts), 1))
    return [float(value) for value in energies(utterances, probabilities)]


def test_moods_have_an_order() -> None:
    """Calm is stiller than speech without a mood, and that than action."""
    calm, sad, neutral, epic, energetic = (
        energy("one two three four five", mood=mood)[0]
        for mood in ("calm", "sad", "neutral", "epic", "energetic")
    )
    assert calm < sad < neutral < epic < energetic


def test_fast_speech_has_more_energy() -> None:
    """The same words in less time."""
    text = "one two three four five six"
    assert energy(text, seconds=1.2) > energy(text, seconds=2.4) > energy(text, seconds=6)


def test_an_interjection_has_no_pace() -> None:
    """How long a cue of one word is shown says nothing."""
    assert energy("So.", seconds=0.1) == energy("So.", seconds=5)


@pytest.mark.parametrize("louder", ["get out of here!", "GET OUT of here"])
def test_emphasis_has_more_energy(louder: str) -> None:
    """Exclamation marks, and words in capitals."""
    plain, emphatic, _ = energy("get out of here", louder, "and so on and on")
    assert emphatic > plain


def test_capitals_throughout_are_no_emphasis() -> None:
    """Some captions know no small letters."""
    assert energy("GET OUT OF HERE", "AND STAY OUT") == energy("get out of here", "and stay out")


def test_energy_stays_within_bounds() -> None:
    """Whatever is shouted, however fast."""
    assert energy("GO! GO! GO! GO! NOW!", "so", "so it is", mood="energetic", seconds=0.01)[0] == 100
    assert energy("a b c", mood="calm", seconds=1_000.0)[0] >= 0
