"""Where the mood turns: the most likely sequence of scenes, by Viterbi's algorithm over scenes of a minimum length.

Viterbi's recursion over explicit durations (a semi-Markov model, after Ferguson), with a lower bound as the
only constraint on the duration: the best start of a scene is then a running maximum, and time is linear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Stretch:
    """Items `first` up to, not including, `last`, in one state."""

    first: int
    last: int
    state: int


def most_likely_stretches(
    bounds: Sequence[float],
    evidence: NDArray[np.float64],
    turning_costs: Sequence[float],
    min_length: float,
) -> list[Stretch]:
    """Cuts n items into stretches so that evidence less turning costs is as large as it can be.

    Args:
        bounds: n + 1 times that never fall; item i lasts from bounds[i] to bounds[i + 1].
        evidence: n x states: log-likelihood of each item in each state.
        turning_costs: n costs of beginning a stretch at an item; the first is never charged.
        min_length: the shortest a stretch may be; at most bounds[n] - bounds[0].

    Returns:
        Stretches in order, from item 0 to item n.
    """
    count, states = evidence.shape
    total = np.vstack([np.zeros(states), np.cumsum(evidence, axis=0)])
    best = np.full(count + 1, -np.inf)  # of all that lies before an item
    best[0] = 0.0
    came_from = np.zeros(count + 1, dtype=np.int64)
    in_state = np.zeros(count + 1, dtype=np.int64)
    # For each state, the best start of the stretch among those that lie far enough back.
    gain, start = np.full(states, -np.inf), np.zeros(states, dtype=np.int64)
    candidate = 0
    for item in range(1, count + 1):
        while candidate < item and bounds[item] - bounds[candidate] >= min_length:
            cost = turning_costs[candidate] if candidate else 0.0
            value = best[candidate] - cost - total[candidate]
            better = value > gain
            gain[better], start[better] = value[better], candidate
            candidate += 1
        score = gain + total[item]
        state = int(np.argmax(score))
        best[item], in_state[item], came_from[item] = score[state], state, start[state]
    stretches = []
    item = count
    while item > 0:
        stretches.append(Stretch(int(came_from[item]), item, int(in_state[item])))
        item = int(came_from[item])
    return stretches[::-1]
