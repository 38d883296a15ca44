"""Key: found in any tonic, mode and tuning, uncertain where there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dalsegno.composer.theory import NOTE_NAMES, parse_key
from dalsegno.reference.analysis import SongFeatures

Describe = Callable[..., SongFeatures]


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 3, 7, 10])
def test_a_cadence_tells_its_key(heard: Describe, synth: Any, tonic: int, mode: str) -> None:
    """In the words that the composer reads."""
    features = heard(synth.cadence(tonic, mode))
    assert features.likely_key == f"{NOTE_NAMES[tonic]} {mode}"
    assert features.key_confidence > 0.6
    assert parse_key(features.likely_key)


@pytest.mark.parametrize("cents", [-40, -25, 25, 40])
def test_tuning_makes_no_difference(heard: Describe, synth: Any, cents: float) -> None:
    """Old instruments and tapes are not at 440 Hz."""
    assert heard(synth.cadence(9, "minor", cents)).key == "A minor"


def test_drums_make_no_difference(heard: Describe, synth: Any) -> None:
    """Noise lies evenly on all pitch classes."""
    music, drums = synth.cadence(7, "major"), synth.clicks(120)
    features = heard(music / np.abs(music).max() + drums[: len(music)] / np.abs(drums).max())
    assert features.key == "G major"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["noise", "babble"])
def test_what_has_no_key_has_no_sure_one(heard: Describe, synth: Any, kind: str, seed: int) -> None:
    """Noise and gliding voices."""
    features = heard(getattr(synth, kind)(seed=seed))
    assert features.key is None
    assert features.key_confidence < 0.5


def test_clicks_have_no_sure_key(heard: Describe, synth: Any) -> None:
    """But a tempo."""
    features = heard(synth.clicks(110))
    assert (features.key, features.bpm is not None) == (None, True)


def test_a_hum_has_no_sure_key(heard: Describe) -> None:
    """Its partials are those of a major chord, which never changes."""
    time = np.arange(15 * 44_100) / 44_100
    hum = np.sum([np.sin(2 * np.pi * 50 * partial * time) / partial for partial in range(1, 20)], axis=0)
    assert heard(hum).key is None


def test_all_twelve_tones_alike_have_no_sure_key(heard: Describe, synth: Any) -> None:
    """A chromatic scale belongs to no key."""
    assert heard(synth.notes([(60 + step,) for step in range(12)] * 4, 0.3)).key is None
