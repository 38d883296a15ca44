"""The most likely stretches: against all ways to cut, and in time that grows with length alone."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dalsegno.scenes.segmentation import most_likely_stretches

NUMBERS = st.floats(-5, 5).map(lambda value: round(value, 2))


def best_by_trying(
    bounds: list[float],
    evidence: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    costs: list[float],
    shortest: float,
) -> float:
    """The value of the best of all ways to cut."""
    count = len(evidence)
    values = []
    for cuts in (cut for size in range(count) for cut in combinations(range(1, count), size)):
        stretches = list(pairwise([0, *cuts, count]))
        if all(bounds[last] - bounds[first] >= shortest for first, last in stretches):
            gain = sum(evidence[first:last].sum(axis=0).max() for first, last in stretches)
            values.append(gain - sum(costs[cut] for cut in cuts))
    return float(max(values))


@settings(deadline=None)
@given(st.data())
def test_no_other_way_to_cut_is_better(data: st.DataObject) -> None:
    """The recursion finds the optimum under the minimum length."""
    count = data.draw(st.integers(1, 7))
    steps = data.draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    bounds = [0.0, *np.cumsum(steps).astype(float)]
    bounds[-1] += 1
    rows = data.draw(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=count, max_size=count))
    evidence = np.array(rows)
    costs = data.draw(st.lists(st.floats(0, 3), min_size=count, max_size=count))
    shortest = data.draw(st.floats(0.5, bounds[-1]))

    found = most_likely_stretches(bounds, evidence, costs, shortest)

    assert [found[0].first, found[-1].last] == [0, count]
    assert all(before.last == after.first for before, after in pairwise(found))
    assert all(bounds[one.last] - bounds[one.first] >= shortest for one in found)
    value = sum(evidence[one.first : one.last, one.state].sum() for one in found)
    value -= sum(costs[one.first] for one in found[1:])
    assert abs(value - best_by_trying(bounds, evidence, costs, shortest)) < 1e-6


def test_a_dear_turn_is_put_off_to_a_cheap_one() -> None:
    """Where the evidence is even, the cost decides where to cut."""
    evidence = np.array([[1.0, 0], [1, 0], [0, 0], [0, 0], [0, 1], [0, 1]])
    found = most_likely_stretches(range(7), evidence, [0, 5, 5, 0.5, 5, 5], 1)
    assert [(one.first, one.last, one.state) for one in found] == [(0, 3, 0), (3, 6, 1)]
