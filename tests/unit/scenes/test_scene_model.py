"""What counts for a scene, and where one may begin."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dalsegno.models import MOODS, Mood, Scene
from dalsegno.scenes.analysis import joined
from dalsegno.scenes.scene_model import ENERGY_LEVELS, evidence_of, mood_of_state, turning_costs
from dalsegno.scenes.utterance import Utterance

UTTERANCE = Utterance(0.0, 4.0, "Some words.", (0,), 0.0, continues=False)


def certain(mood: Mood) -> NDArray[np.float64]:
    """Probabilities of one line that is of this mood for sure."""
    return np.array([[float(each == mood) for each in MOODS]])


def evidence(mood: Mood, energy: float, seconds: float = 4.0) -> NDArray[np.float64]:
    """The evidence of one line: moods x energy levels."""
    line = replace(UTTERANCE, end=seconds)
    return evidence_of([line], certain(mood), np.array([energy])).reshape(len(MOODS), len(ENERGY_LEVELS))


def test_a_line_speaks_for_its_mood_and_energy() -> None:
    """The likeliest state is that of the line."""
    best = int(evidence("epic", 72).argmax())
    assert mood_of_state(best) == "epic"
    assert ENERGY_LEVELS[best % len(ENERGY_LEVELS)] == 70


def test_a_neutral_line_speaks_little_against_other_moods_and_not_of_energy() -> None:
    """It is far likelier in a sad scene than a happy line is; its own energy is passed over."""
    sad = MOODS.index("sad")
    assert evidence("neutral", 40)[sad].max() > evidence("happy", 40)[sad].max() + 2
    assert np.ptp(evidence("neutral", 40), axis=1).max() == 0


def test_longer_lines_count_more_up_to_a_bound() -> None:
    """A cue that is left standing for a minute is no more than a line."""
    two, eight, sixty = (np.ptp(evidence("dark", 50, seconds)) for seconds in (2.0, 8.0, 60.0))
    assert two < eight == sixty


def test_scenes_begin_at_pauses_rather_than_in_mid_sentence() -> None:
    """The cost of a turn falls with the pause before it, and rises where a sentence goes on."""
    at_pause, plain, mid_sentence = turning_costs(
        [replace(UTTERANCE, pause=2.0), UTTERANCE, replace(UTTERANCE, continues=True)]
    )
    assert at_pause < plain < mid_sentence


def test_neighbours_that_sound_alike_are_one_scene() -> None:
    """Same mood and near energy: joined, the energy by time. Another mood, or another energy, stays apart."""
    first = Scene(start=0, end=30, mood="epic", energy=70)
    near = Scene(start=30, end=40, mood="epic", energy=78)
    loud = Scene(start=40, end=50, mood="epic", energy=95)
    dark = Scene(start=50, end=60, mood="dark", energy=95)
    assert joined([first, near, loud, dark]) == [Scene(start=0, end=40, mood="epic", energy=72), loud, dark]
