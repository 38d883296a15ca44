"""Sounds made of sines, noise and clicks, written as the clips that are analysed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from dalsegno.reference.analysis import SongFeatures, describe

RATE = 44_100
Sound = NDArray[np.float64]
Describe = Callable[..., SongFeatures]


class Synth:
    """Makes sounds, mono at 44.1 kHz."""

    def clicks(self, bpm: float, seconds: float = 15.0) -> Sound:
        """A short burst of noise on each beat."""
        rng = np.random.default_rng(1)
        audio = np.zeros(round(seconds * RATE))
        burst = rng.normal(size=1_000) * np.exp(-np.arange(1_000) / 200)
        for start in np.arange(0.1, seconds - 0.1, 60 / bpm):
            place = round(start * RATE)
            audio[place : place + len(burst)] += burst[: len(audio) - place]
        return audio

    def notes(self, chords: list[tuple[int, ...]], seconds_a_chord: float, cents: float = 0.0) -> Sound:
        """Chords of MIDI keys, one after the other, with six partials each."""
        length = round(seconds_a_chord * RATE)
        time = np.arange(length) / RATE
        swell = np.minimum(1, time / 0.01) * np.exp(-time / seconds_a_chord)
        parts = []
        for chord in chords:
            audio = np.zeros(length)
            for key in chord:
                pitch = 440 * 2 ** ((key - 69 + cents / 100) / 12)
                for partial in range(1, 7):
                    audio += np.sin(2 * np.pi * pitch * partial * time) / partial**1.5
            parts.append(audio * swell)
        return np.concatenate(parts)

    def cadence(self, tonic: int, mode: str, cents: float = 0.0) -> Sound:
        """I IV V I, or i iv V i, four times, 14.4 s."""
        third, fourths_third = (4, 4) if mode == "major" else (3, 3)
        low = 48 + tonic
        chords: list[tuple[int, ...]] = [
            (low, low + 7, low + 12, low + 12 + third),
            (low + 5, low + 12, low + 17, low + 5 + 12 + fourths_third),
            (low + 7, low + 14, low + 19, low + 11 + 12),
            (low, low + 7, low + 12, low + 12 + third),
        ]
        return self.notes(chords * 4, 0.9, cents)

    def noise(self, seconds: float = 15.0, seed: int = 0) -> Sound:
        """White noise."""
        return np.random.default_rng(seed).normal(size=round(seconds * RATE))

    def babble(self, seconds: float = 15.0, seed: int = 0) -> Sound:
        """Voiced syllables of random length and pitch that glide, as in speech."""
        rng = np.random.default_rng(seed)
        parts: list[Sound] = []
        while sum(len(part) for part in parts) < seconds * RATE:
            length = round(rng.uniform(0.08, 0.35) * RATE)
            time = np.arange(length) / RATE
            pitch = rng.uniform(90, 180) * 2 ** (rng.uniform(-0.5, 0.5) * time / time[-1])
            phase = 2 * np.pi * np.cumsum(pitch) / RATE
            formant = rng.uniform(3, 12)
            voice = np.sum(
                [np.sin(n * phase) * np.exp(-(((n - formant) / 3) ** 2)) for n in range(1, 25)], axis=0
            )
            parts += [voice * np.hanning(length), np.zeros(round(rng.exponential(0.08) * RATE))]
        return np.concatenate(parts)[: round(seconds * RATE)]


@pytest.fixture
def synth() -> Synth:
    """Makes sounds."""
    return Synth()


@pytest.fixture
def heard(tmp_path: Path) -> Describe:
    """Writes a sound as a clip, 16 bit stereo, and describes it."""

    def describe_sound(audio: Sound, mood: Any = None) -> SongFeatures:
        path = tmp_path / "clip.wav"
        scaled = 0.5 * audio / max(float(np.abs(audio).max()), 1e-9) if len(audio) else audio
        soundfile.write(path, np.stack((scaled, scaled), axis=1), RATE, subtype="PCM_16")
        return describe(path, lambda _fraction, _message: None, mood)

    return describe_sound
