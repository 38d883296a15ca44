"""The frame of time."""

import itertools

import pytest

from dalsegno.composer.tempo import beats_that_fit, frame, suited


@pytest.mark.parametrize("length", [8.0, 9.7, 12.345, 20.0, 33.3, 61.0])
def test_neighbours_of_eight_seconds_keep_within_three_per_cent(length: float) -> None:
    """Whatever the piece's tempo, a scene of some length keeps within half of that of it."""
    for tempo in range(64, 140):
        beats = beats_that_fit(length, tempo, 4)
        assert beats == int(beats * 4) / 4
        assert abs(beats * 60 / length / tempo - 1) <= 0.015 + 1e-9, tempo


def test_a_short_scene_is_hit_off_the_beat_rather_than_at_another_tempo() -> None:
    """A scene of 1.3 s at 110 is two beats and a half, not two at 92."""
    assert beats_that_fit(1.3, 110.0, 4) == 2.5


@pytest.mark.parametrize("length", [5.0, 7.3, 13.37, 20.0, 61.1])
def test_a_tempo_that_was_asked_for_is_kept(length: float) -> None:
    """One scene of any length keeps to the tempo asked for within one per cent, though its last bar is a short one."""
    for tempo in range(60, 180):
        (stretch,) = frame([0.0], length, float(tempo), 4, asked=True)
        assert abs(stretch.bpm / tempo - 1) <= 0.01, tempo


def test_whole_bars_are_taken_where_they_fit() -> None:
    """Sixteen seconds at 90.5 are six bars of four at 90."""
    assert beats_that_fit(16.0, 90.5, 4) == 24


def test_every_cut_begins_a_bar() -> None:
    """Bars start on the cuts exactly and fill the time between them."""
    cuts = [0.0, 3.21, 11.0, 11.45, 25.6]
    stretches = frame(cuts, 40.0, 97.0, 4)
    starts = {bar.start for stretch in stretches for bar in stretch.bars}
    assert set(cuts) <= starts
    for before, after in itertools.pairwise(stretches):
        last = before.bars[-1]
        assert last.start + last.beats * 60 / before.bpm == pytest.approx(after.start)


def test_short_scenes_of_one_length_get_a_tempo_that_suits_them() -> None:
    """Forty scenes of two seconds: one tempo, whole beats."""
    tempo = suited(101.0, [2.0] * 40, 4, (88.0, 124.0))
    assert (tempo * 2 / 60) % 1 == pytest.approx(0)
    stretches = frame([index * 2.0 for index in range(40)], 80.0, tempo, 4)
    assert len({round(stretch.bpm, 6) for stretch in stretches}) == 1


def test_scenes_too_short_to_stand_alone_join_their_neighbours() -> None:
    """No stretch is shorter than 0.4 s."""
    stretches = frame([0.0, 5.0, 5.1, 5.2, 5.9, 9.9], 10.0, 100.0, 4)
    assert [stretch.scenes for stretch in stretches] == [1, 3, 2]
    assert all(stretch.end - stretch.start >= 0.4 for stretch in stretches)
