"""A recording with a jump, as it is played."""

from pathlib import Path

import numpy as np
import pytest

from dalsegno.fitting.arrangement import Arrangement
from dalsegno.fitting.recording import Recording
from dalsegno.fitting.seam import Jump
from tests.support.foreign_music import RATE

CROSSFADE = RATE // 25


def arrangement(folder: Path, *, end: int, coherence: float) -> Arrangement:
    """Two seconds of a tone of 100 Hz that goes back twice, from `end` to a half of a second."""
    tone = np.sin(2 * np.pi * 100 * np.arange(2 * RATE) / RATE)
    np.repeat(tone[:, None], 2, axis=1).astype(np.float32).tofile(folder / "recording")
    jump = Jump(RATE // 2, end, 2, CROSSFADE, 0.0, coherence=coherence)
    return Arrangement(Recording(folder / "recording", 2 * RATE, np.zeros(2_000)), jump, 1.0)


def test_waves_that_differ_are_joined_without_a_step(tmp_path: Path) -> None:
    """A quarter of a period apart: no step is much higher than the tone's own, where a hard cut would leap."""
    made = arrangement(tmp_path, end=round(1.5025 * RATE), coherence=0.0)
    audio = made.read(0, made.frames)
    own = 2 * np.pi * 100 / RATE
    assert np.abs(np.diff(audio, axis=0)).max() < 2 * own
    assert made.seams == [round(1.5025 * RATE), round(1.5025 * RATE) + round(1.0025 * RATE)]


@pytest.mark.parametrize(("end", "coherence"), [(1.5, 1.0), (1.5025, 0.0)])
def test_the_crossfade_keeps_the_power(end: float, coherence: float, tmp_path: Path) -> None:
    """Equal waves and waves that don't agree alike: within a decibel, over the middle of the crossfade."""
    made = arrangement(tmp_path, end=round(end * RATE), coherence=coherence)
    seam = made.seams[0]
    middle = made.read(seam - CROSSFADE * 3 // 4, CROSSFADE // 2)
    assert abs(10 * np.log10(2 * np.square(middle).mean())) < 1


def test_it_sounds_the_same_in_any_pieces(tmp_path: Path) -> None:
    """Also where they begin or end in the midst of a crossfade; what lies beyond the end is silent."""
    made = arrangement(tmp_path, end=round(1.5025 * RATE), coherence=0.0)
    whole = made.read(0, made.frames + 1_000)
    pieces = [made.read(start, 777) for start in range(0, made.frames + 1_000, 777)]
    assert np.array_equal(np.concatenate(pieces)[: len(whole)], whole)
    assert not whole[made.frames :].any()


def test_beats_are_heard_as_often_as_they_are_played(tmp_path: Path) -> None:
    """Those of the stretch that is repeated thrice, those before and after it once."""
    made = arrangement(tmp_path, end=round(1.5 * RATE), coherence=1.0)
    heard = made.heard([(0.25, "before"), (0.75, "within"), (1.75, "after")])
    assert heard == [(0.25, "before"), (0.75, "within"), (1.75, "within"), (2.75, "within"), (3.75, "after")]
