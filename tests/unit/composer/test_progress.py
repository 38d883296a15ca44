"""Progress is told as it is made."""

import itertools
from typing import Any


def test_progress_rises_from_zero_to_one(three_scenes: Any) -> None:
    """It never falls, never passes one, and comes often."""
    fractions = [fraction for fraction, _ in three_scenes.reports]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert len(fractions) >= 30
    steps = [after - before for before, after in itertools.pairwise(fractions)]
    assert max(steps) <= 0.2


def test_progress_says_what_is_being_done(three_scenes: Any) -> None:
    """In words, in the order of the work."""
    words = list(dict.fromkeys(text for _, text in three_scenes.reports))
    assert words[0] == "Writing the music"
    assert "Rendering pads" in words
    assert words.index("Mastering") > words.index("Rendering pads")
