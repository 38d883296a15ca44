"""Tempo: found where there is one, uncertain where there is none, in the octave that suits the mood."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dalsegno.reference.analysis import SongFeatures
from dalsegno.reference.analysis.tempo import BPM, FRAMES_A_SECOND, repetition

Describe = Callable[..., SongFeatures]


@pytest.mark.parametrize("bpm", [72, 84.5, 100, 117, 128, 140])
def test_a_steady_beat_has_its_tempo(heard: Describe, synth: Any, bpm: float) -> None:
    """To a percent, and passed on as sure."""
    features = heard(synth.clicks(bpm))
    assert features.bpm == pytest.approx(bpm, rel=0.01)


@pytest.mark.parametrize(("mood", "bpm"), [("sad", 62), ("energetic", 124), ("calm", 62)])
def test_the_mood_chooses_the_octave(heard: Describe, synth: Any, mood: str, bpm: float) -> None:
    """One beat can be tapped at two speeds: the music to be made says at which."""
    features = heard(synth.clicks(124) + 0.4 * synth.clicks(62), mood)
    assert features.bpm == pytest.approx(bpm, rel=0.02)


def test_the_mood_chooses_among_octaves_only(heard: Describe, synth: Any) -> None:
    """A tempo between them suits better here, but nobody plays it."""
    features = heard(synth.clicks(96), "energetic")
    assert features.likely_bpm is not None
    assert min(abs(np.log2(features.likely_bpm / 96) - octave) for octave in (-1, 0, 1)) < 0.02


def test_notes_have_a_tempo_without_drums(heard: Describe, synth: Any) -> None:
    """Chords that begin evenly are enough."""
    features = heard(synth.notes([(60, 64, 67), (62, 65, 69), (59, 62, 67), (60, 64, 67)] * 6, 60 / 100))
    assert features.bpm == pytest.approx(100, rel=0.02)


def test_three_seconds_are_enough(heard: Describe, synth: Any) -> None:
    """For a beat as plain as this."""
    features = heard(synth.clicks(120, 3.1))
    assert features.likely_bpm == pytest.approx(120, rel=0.02)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["noise", "babble"])
def test_what_has_no_beat_has_no_sure_tempo(heard: Describe, synth: Any, kind: str, seed: int) -> None:
    """Noise, and syllables at random."""
    assert heard(getattr(synth, kind)(seed=seed)).bpm is None


def test_clicks_at_random_have_no_sure_tempo(heard: Describe) -> None:
    """As rain has none."""
    rng = np.random.default_rng(3)
    audio = np.zeros(15 * 44_100)
    audio[rng.integers(0, len(audio), 80)] = 1
    assert heard(audio).bpm is None


def test_a_held_tone_has_no_sure_tempo(heard: Describe) -> None:
    """Nothing begins in it."""
    assert heard(np.sin(2 * np.pi * 440 * np.arange(15 * 44_100) / 44_100)).bpm is None


def test_what_a_short_clip_cannot_show_speaks_against_no_tempo() -> None:
    """Four beats at 60 a minute take four seconds: in three, those that are there count."""
    strength = np.zeros(round(3 * FRAMES_A_SECOND))
    strength[:: round(FRAMES_A_SECOND)] = 1.0
    slow = repetition(strength)[:, np.argmin(np.abs(BPM - 60))]
    assert slow == pytest.approx(slow[0], abs=0.1)
    assert slow[0] > 0.8
