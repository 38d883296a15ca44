"""Beats, tempo and bars are found where they are, and none where there are none."""

from pathlib import Path

import numpy as np
import pytest

from dalsegno.fitting.beats import Beats, find_beats
from dalsegno.fitting.recording import record
from dalsegno.fitting.spectrum import FRAMES_A_SECOND, spectrum
from dalsegno.fitting.survey import survey
from dalsegno.fitting.tracking import beat_period, repetition, tracked
from tests.support.foreign_music import RATE, Audio, band, clicks, pad, write


def found(audio: Audio, folder: Path) -> Beats | None:
    """The beats of some samples."""
    source = write(folder / "in.wav", audio)
    recording = record(source, survey(source, print), 700, folder / "raw", print)
    return find_beats(recording, spectrum(recording, print))


@pytest.mark.parametrize("bpm", [66, 97.3, 143])
def test_a_metronome_is_followed(bpm: float, tmp_path: Path) -> None:
    """Each beat to 10 ms, the tempo to half a percent, and the first of four as the first of a bar."""
    beats = found(clicks(20, bpm), tmp_path)
    assert beats
    assert beats.bpm == pytest.approx(bpm, rel=0.005)
    place = beats.times * bpm / 60
    assert np.abs(place - np.round(place)).max() * 60 / bpm < 0.01
    assert len(beats.times) >= 20 * bpm / 60 - 2
    firsts = np.array([time for time, point in beats.points if point != "beat"]) * bpm / 240
    assert np.abs(firsts - np.round(firsts)).max() < 0.02
    assert [point for _, point in beats.points if point != "beat"].count("phrase") >= 1


def test_a_band_is_followed(tmp_path: Path) -> None:
    """Off-beats, a bass and chords don't lead it astray."""
    beats = found(band(16, 104), tmp_path)
    assert beats
    assert beats.bpm == pytest.approx(104, rel=0.005)
    assert beats.meter == 4
    place = beats.times * 104 / 60
    assert np.abs(place - np.round(place)).max() * 60 / 104 < 0.02


def test_what_has_no_steady_beat_has_none(tmp_path: Path) -> None:
    """A pad, noise, and syllables that come as they please."""
    chance = np.random.default_rng(5)
    syllables = np.zeros((20 * RATE, 2))
    length = np.arange(RATE // 6)
    for time in np.cumsum(chance.uniform(0.1, 0.5, 60)):
        start = round(time * RATE)
        if start + len(length) < len(syllables):
            syllables[start : start + len(length), :] += (
                chance.normal(0, 0.2, len(length)) * np.exp(-length / 2_000)
            )[:, None]
    for audio in (pad(14), chance.normal(0, 0.1, (14 * RATE, 2)), syllables):
        assert found(audio, tmp_path) is None


def test_a_missing_beat_is_counted_and_drift_is_followed() -> None:
    """Four onsets are left out, and the tempo rises by five percent: the beats go on, each where it belongs."""
    times = np.cumsum(60 / np.linspace(118, 124, 60))
    onsets = np.zeros(round((times[-1] + 1) * FRAMES_A_SECOND))
    frames = np.round(times * FRAMES_A_SECOND).astype(int)
    onsets[np.delete(frames, [20, 21, 40, 41])] = 1
    onsets += np.random.default_rng(1).uniform(0, 0.2, len(onsets))
    period = beat_period(repetition(onsets))
    assert period
    beats = tracked(onsets, period)
    near = np.abs(frames[:, None] - beats).min(axis=1)
    assert near[[20, 21, 40, 41]].max() <= 2
    assert np.delete(near, [20, 21, 40, 41]).max() <= 1
    assert np.abs(np.diff(beats) / period - 1).max() < 0.15


def test_of_doubles_and_halves_the_common_tempo_is_taken() -> None:
    """Eighths at 200 a minute are heard as beats at 100, where each second one is stronger."""
    onsets = np.zeros(round(30 * FRAMES_A_SECOND))
    eighths = np.round(np.arange(0, 29, 0.3) * FRAMES_A_SECOND).astype(int)
    onsets[eighths[::2]], onsets[eighths[1::2]] = 1, 0.4
    assert beat_period(repetition(onsets)) == round(0.6 * FRAMES_A_SECOND)


def test_a_moment_of_sound_has_no_tempo() -> None:
    """Half a second holds no two beats."""
    assert beat_period(repetition(np.tile([1.0, 0, 0, 0, 0], 4))) is None
