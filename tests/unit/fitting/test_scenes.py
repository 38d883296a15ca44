"""Level and treble follow the energy of the scenes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from dalsegno.fitting.tone import Tone
from dalsegno.models import Scene
from tests.support.foreign_music import RATE, Audio, Fitted, hear, pad


def loudness(fitted: Fitted, start: float, end: float, target: Path) -> float:
    """LUFS of a slice of the master."""
    soundfile.write(target, fitted.master[round(start * RATE) : round(end * RATE)], RATE, "PCM_24")
    return hear(target).loudness


def test_energies_of_20_and_90_lie_six_lu_apart(looped_band: Fitted, tmp_path: Path) -> None:
    """Up at the first cut, down at the second."""
    calm = loudness(looped_band, 0, 14, tmp_path / "calm.wav")
    epic = loudness(looped_band, 15, 29, tmp_path / "epic.wav")
    sad = loudness(looped_band, 30, 40, tmp_path / "sad.wav")
    assert epic - calm >= 6
    assert 3 <= epic - sad < epic - calm


def treble(audio: Audio) -> float:
    """How much lies above 5 kHz against what lies between 200 and 800 Hz, in dB."""
    power = np.square(np.abs(np.fft.rfft(audio[:, 0])))
    pitch = np.fft.rfftfreq(len(audio), 1 / RATE)
    bands = power[pitch > 5_000].sum(), power[(pitch > 200) & (pitch < 800)].sum()
    return float(10 * np.log10(bands[0] / bands[1]))


def test_calm_scenes_have_softer_treble(make: Callable[..., Fitted]) -> None:
    """By several dB, and the cue sheet tells by how much."""
    hiss = 0.02 * np.random.default_rng(1).normal(size=(14 * RATE, 2))
    scenes = [
        {"start": 0.0, "end": 6.0, "mood": "calm", "energy": 30.0},
        {"start": 6.0, "end": 12.0, "mood": "epic", "energy": 80.0},
    ]
    made = make(pad(14) + hiss, subtype="PCM_24", duration=12, scenes=scenes)
    calm, epic = made.master[RATE : 5 * RATE], made.master[7 * RATE : 9 * RATE]
    assert 3 < treble(epic) - treble(calm) < 8
    assert [section["treble_db"] for section in made.sheet["sections"]] == [-5, 0]
    assert "Level and treble follow the energy of the scenes." in made.result.notes


def test_the_tone_is_the_same_in_any_blocks() -> None:
    """The filter goes on over the edges of blocks, while its treble moves."""
    scenes = [
        Scene(start=0, end=0.5, mood="calm", energy=10),
        Scene(start=0.5, end=2, mood="epic", energy=80),
    ]
    audio = np.random.default_rng(1).normal(size=(RATE, 2)).astype(np.float32)
    whole = Tone(scenes, 0.2).play(audio, 0)
    tone = Tone(scenes, 0.2)
    pieces = [tone.play(audio[start : start + 4_096], start) for start in range(0, RATE, 4_096)]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert np.abs(whole[RATE // 2 :] - audio[RATE // 2 :]).max() < 1e-4
