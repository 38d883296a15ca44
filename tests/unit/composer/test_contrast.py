"""Scenes that differ sound different."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from dalsegno.composer import Score, compose
from dalsegno.models import MOODS, MusicBrief, Scene


def loudness(path: Path, start: float, end: float, target: Path, hear: Callable[[Path], Any]) -> float:
    """LUFS of a slice of a file."""
    audio, rate = soundfile.read(path, start=round(start * 48_000), stop=round(end * 48_000))
    soundfile.write(target, audio, rate, "PCM_24")
    return float(hear(target).loudness)


def test_energies_of_20_and_90_lie_six_lu_apart(
    three_scenes: Any, tmp_path: Path, ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """Measured on the master's own slices, between scenes that follow on one another."""
    master = three_scenes.folder / "master.wav"
    calm = loudness(master, 0, 6.3, tmp_path / "calm.wav", ffmpeg_hears)
    epic = loudness(master, 6.3, 12.1, tmp_path / "epic.wav", ffmpeg_hears)
    sad = loudness(master, 12.1, 17.77, tmp_path / "sad.wav", ffmpeg_hears)
    assert epic - calm >= 6
    assert epic - sad >= 5


@pytest.mark.parametrize("mood", MOODS)
def test_the_same_mood_is_denser_at_high_energy(mood: Any) -> None:
    """Twelve seconds at 90 have at least half as many notes again as twelve at 20, and more players."""
    scenes = [Scene(start=0, end=12, mood=mood, energy=20), Scene(start=12, end=24, mood=mood, energy=90)]
    score = compose(
        MusicBrief(duration=36, seed=4, scenes=[*scenes, Scene(start=24, end=36, mood=mood, energy=20)])
    )
    counts = [
        sum(start <= note.start < end for part in score.parts for note in part.notes)
        for start, end in ((0, 12), (12, 24))
    ]
    assert counts[1] >= 1.5 * counts[0]


def character(score: Score, start: float, end: float) -> dict[str, Any]:
    """What the ear tells passages apart by."""
    parts = {
        part.instrument: [note for note in part.notes if start <= note.start < end]
        for part in score.parts
        if part.stem != "effects"
    }
    notes = [note for found in parts.values() for note in found]
    pitched = [
        note.pitch
        for part in score.parts
        if part.stem in ("lead", "keys", "pads")
        for note in part.notes
        if start <= note.start < end
    ]
    pads = {
        round(note.start, 1)
        for part in score.parts
        if part.stem == "pads"
        for note in part.notes
        if start <= note.start < end
    }
    return {
        "instruments": {name for name, found in parts.items() if found},
        "density": len({round(note.start, 2) for note in notes}) / (end - start),
        "register": sum(pitched) / max(1, len(pitched)),
        "chords": len(pads) / (end - start),
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[bool]:
    """Whether instrumentation, density, register and harmonic rhythm differ."""
    shared = one["instruments"] & other["instruments"]
    return [
        len(shared) <= 0.6 * min(len(one["instruments"]), len(other["instruments"])),
        not 0.75 < one["density"] / other["density"] < 1.33,
        abs(one["register"] - other["register"]) >= 3,
        not 0.75 < (one["chords"] + 0.01) / (other["chords"] + 0.01) < 1.33,
    ]


@pytest.mark.parametrize("mood", MOODS)
def test_one_mood_still_and_strong_differs_in_two_respects_at_least(mood: Any) -> None:
    """Energies of 20 and 90 are more than levels, for each of three seeds."""
    for seed in (1, 2, 3):
        scenes = [
            Scene(start=12.0 * number, end=12.0 * number + 12, mood=mood, energy=energy)
            for number, energy in enumerate((20, 90, 20))
        ]
        score = compose(MusicBrief(duration=36, seed=seed, scenes=scenes))
        assert sum(differences(character(score, 0, 12), character(score, 12, 24))) >= 2


def test_any_two_moods_differ_in_two_respects_at_least() -> None:
    """Of instrumentation, density, register and harmonic rhythm, for all pairs, at energies of their own."""
    energies = dict(zip(MOODS, (62, 32, 24, 56, 80, 42, 46, 84, 64, 45), strict=True))
    for first, second in itertools.combinations(MOODS, 2):
        scenes = [
            Scene(start=0, end=16, mood=first, energy=energies[first]),
            Scene(start=16, end=32, mood=second, energy=energies[second]),
            Scene(start=32, end=48, mood=first, energy=energies[first]),
        ]
        score = compose(MusicBrief(duration=48, seed=12, scenes=scenes))
        one, other = character(score, 0, 16), character(score, 16, 32)
        assert sum(differences(one, other)) >= 2, (first, second, one, other)


@pytest.mark.parametrize("mood", ["epic", "happy"])
def test_melodies_sing_higher_where_it_is_strong(mood: Any) -> None:
    """The lead of a scene of 90 lies seven semitones and more above that of one of 20."""
    scenes = [
        Scene(start=12.0 * number, end=12.0 * number + 12, mood=mood, energy=energy)
        for number, energy in enumerate((20, 90, 20))
    ]
    score = compose(MusicBrief(duration=36, seed=5, scenes=scenes, instruments=["violin"]))
    (violin,) = (part for part in score.parts if part.instrument == "violin")
    still, strong = (
        [note.pitch for note in violin.notes if start <= note.start < start + 12] for start in (0, 12)
    )
    assert sum(strong) / len(strong) - sum(still) / len(still) >= 7
