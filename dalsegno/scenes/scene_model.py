"""What a scene sounds like: how likely lines of any mood and energy are in a scene of one mood and energy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dalsegno.models import MOODS, Mood
from dalsegno.scenes.utterance import Utterance

ENERGY_LEVELS = (10.0, 30.0, 50.0, 70.0, 90.0)
_ENERGY_SPREAD = 22.0

# Plain connective speech belongs to scenes of all moods, and now and then a line of any mood strays in.
_NEUTRAL_LINES = 0.25
_STRAY_LINES = 0.06
# How many independent witnesses a second of speech is worth: neighbouring lines tell much the same.
_WITNESSES_PER_SECOND = 0.25
_LONGEST_COUNTED = 8.0

_TURN = 4.0
_TURN_MID_SENTENCE = 4.0
_TURN_AT_PAUSE = -1.0
_FULL_PAUSE = 2.0


def evidence_of(
    utterances: Sequence[Utterance], probabilities: NDArray[np.float64], energies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-likelihood of each utterance in each state; the state of mood m and level l is m * levels + l.

    Args:
        utterances: n of them.
        probabilities: n x 10, over `MOODS`.
        energies: n values, 0..100.
    """
    of_mood = np.log(probabilities @ _lines_in_scenes().T)
    # How strong a scene is shows in the lines that have a mood; connective speech says nothing of it.
    moody = 1 - probabilities[:, [MOODS.index("neutral")]]
    of_energy = -0.5 * moody * ((energies[:, None] - np.array(ENERGY_LEVELS)) / _ENERGY_SPREAD) ** 2
    lengths = np.array([utterance.end - utterance.start for utterance in utterances])
    witnesses = _WITNESSES_PER_SECOND * np.minimum(lengths, _LONGEST_COUNTED)
    both = of_mood[:, :, None] + of_energy[:, None, :]
    evidence: NDArray[np.float64] = witnesses[:, None] * both.reshape(len(utterances), -1)
    return evidence


def mood_of_state(state: int) -> Mood:
    """The mood of a state."""
    return MOODS[state // len(ENERGY_LEVELS)]


def turning_costs(utterances: Sequence[Utterance]) -> list[float]:
    """What it costs, in nats, that a scene begins with each utterance: little at a pause, much in mid-sentence."""
    return [
        _TURN
        + _TURN_MID_SENTENCE * utterance.continues
        + _TURN_AT_PAUSE * min(1.0, utterance.pause / _FULL_PAUSE)
        for utterance in utterances
    ]


def _lines_in_scenes() -> NDArray[np.float64]:
    """Scene moods x line moods: the share of each kind of line in a scene; rows sum to 1."""
    shares = np.full((len(MOODS), len(MOODS)), _STRAY_LINES / len(MOODS))
    shares[:, MOODS.index("neutral")] += _NEUTRAL_LINES
    for scene in range(len(MOODS)):
        shares[scene, scene] += 1 - shares[scene].sum()
    return shares
