"""Whatever a file holds, analysis ends, and says nothing that it can't know."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalsegno.composer.theory import parse_key
from dalsegno.models import MOODS
from dalsegno.reference.analysis import SongFeatures, describe
from dalsegno.reference.analysis.sound import RATE, read_clip

NOTHING = SongFeatures()


def described(path: Path, audio: Any, rate: int = 44_100, subtype: str = "FLOAT") -> SongFeatures:
    """Writes a sound and describes it; checks what must hold of every description."""
    soundfile.write(path, audio, rate, subtype=subtype)
    fractions: list[float] = []
    features = describe(path, lambda fraction, _message: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    for confidence in (features.bpm_confidence, features.key_confidence, features.mood_confidence):
        assert 0 <= confidence <= 1
    assert features.likely_bpm is None or (
        math.isfinite(features.likely_bpm) and 39 < features.likely_bpm < 221
    )
    assert features.likely_key is None or parse_key(features.likely_key)
    assert features.likely_mood is None or features.likely_mood in MOODS
    return features


@pytest.mark.parametrize("seconds", [0, 0.001, 1, 2.9, 3, 15])
def test_silence_says_nothing(tmp_path: Path, seconds: float) -> None:
    """Of any length, none at all too."""
    assert described(tmp_path / "clip.wav", np.zeros((round(seconds * 44_100), 2))) == NOTHING


def test_the_noise_of_sixteen_bits_is_silence(tmp_path: Path) -> None:
    """A recorder that nobody plays to."""
    audio = np.random.default_rng(0).integers(-2, 3, (15 * 44_100, 2)).astype(np.int16)
    assert described(tmp_path / "clip.wav", audio, subtype="PCM_16") == NOTHING


def test_an_offset_is_silence(tmp_path: Path) -> None:
    """Direct current sounds like nothing."""
    assert described(tmp_path / "clip.wav", np.full((15 * 44_100, 2), 0.5)) == NOTHING


def test_less_than_three_seconds_say_nothing(tmp_path: Path) -> None:
    """No beat and no key show in so little."""
    audio = np.random.default_rng(0).normal(size=round(2.9 * 44_100))
    assert described(tmp_path / "clip.wav", audio) == NOTHING


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3e38])
def test_numbers_that_are_no_sound(tmp_path: Path, value: float) -> None:
    """Floating point files can hold them: all over, and here and there."""
    described(tmp_path / "clip.wav", np.full((4 * 44_100, 2), value))
    audio = 0.1 * np.random.default_rng(0).normal(size=(4 * 44_100, 2))
    audio[::1_001] = value
    described(tmp_path / "clip.wav", audio)


def test_sides_that_cancel_each_other_are_silence(tmp_path: Path) -> None:
    """Nothing is left of them in mono."""
    side = np.random.default_rng(0).normal(size=4 * 44_100)
    assert described(tmp_path / "clip.wav", 0.1 * np.stack((side, -side), axis=1)) == NOTHING


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (48_000, 8), (192_000, 2)])
def test_any_rate_and_number_of_channels(tmp_path: Path, rate: int, channels: int) -> None:
    """What the extraction writes today need not be all that is ever read."""
    beat = np.arange(5 * rate) % (rate // 2) < rate // 100
    features = described(
        tmp_path / "clip.wav", 0.5 * np.repeat(beat[:, None], channels, axis=1).astype(float), rate
    )
    assert features.likely_bpm == pytest.approx(120, rel=0.01)


def test_of_a_long_file_the_beginning_counts(tmp_path: Path) -> None:
    """It is not even read."""
    soundfile.write(tmp_path / "clip.wav", np.ones(40 * 8_000) * np.arange(2).repeat(20 * 8_000), 8_000)
    assert len(read_clip(tmp_path / "clip.wav")) == 0
    soundfile.write(tmp_path / "clip.wav", np.sin(np.arange(40 * 8_000)), 8_000)
    assert len(read_clip(tmp_path / "clip.wav")) == 15 * RATE


def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """Its header promises more than there is."""
    path = tmp_path / "clip.wav"
    beat = 0.5 * (np.arange(10 * 44_100) % 22_050 < 400)
    soundfile.write(path, beat, 44_100)
    path.write_bytes(path.read_bytes()[: 5 * 44_100 * 2])
    assert describe(path, lambda _fraction, _message: None).likely_bpm == pytest.approx(120, rel=0.01)


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    """By libsndfile's own error."""
    path = tmp_path / "clip.wav"
    path.write_text("not a sound")
    with pytest.raises(soundfile.LibsndfileError):
        describe(path, lambda _fraction, _message: None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    seconds=st.floats(3, 6),
    level=st.sampled_from([1e-4, 0.1, 1.0, 100.0]),
    spacing=st.integers(1, 30_000),
)
def test_clipped_sparse_loud_and_soft_sounds(
    tmp_path: Path, seed: int, seconds: float, level: float, spacing: int
) -> None:
    """Samples at random, held or alone, at any level."""
    rng = np.random.default_rng(seed)
    audio = np.zeros(round(seconds * 44_100))
    audio[::spacing] = rng.normal(size=len(audio[::spacing]))
    described(tmp_path / "clip.wav", np.clip(level * audio, -1, 1))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(level=st.floats(0.01, 1.0), bpm=st.floats(70, 140))
def test_loudness_makes_no_difference(tmp_path: Path, level: float, bpm: float) -> None:
    """The same music, softer."""
    place = np.arange(6 * 44_100)
    beat = np.where(place % round(60 / bpm * 44_100) < 2_000, np.sin(place * 0.05), 0.0)
    loud = described(tmp_path / "clip.wav", beat)
    soft = described(tmp_path / "clip.wav", level * beat)
    assert (soft.likely_bpm, soft.likely_key) == (loud.likely_bpm, loud.likely_key)
