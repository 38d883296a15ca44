"""Music made of numbers, fitted to briefs, and ffmpeg as a meter that is not our own."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import soundfile
from numpy.typing import NDArray

from dalsegno.fitting import fit
from dalsegno.models import MusicBrief
from dalsegno.ports import RenderedMusic

Audio = NDArray[np.float64]
RATE = 48_000
CHORDS = ((220, 261.6, 329.6), (174.6, 220, 261.6), (261.6, 329.6, 392), (196, 246.9, 293.7))


@dataclass(frozen=True)
class Fitted:
    """What came of a delivered file."""

    folder: Path
    result: RenderedMusic
    reports: list[tuple[float, str]]

    @property
    def master(self) -> Audio:
        """The samples of the master, n by 2."""
        audio: Audio = soundfile.read(self.folder / "master.wav")[0]
        return audio

    @property
    def sheet(self) -> dict[str, Any]:
        """The cue sheet."""
        sheet: dict[str, Any] = json.loads((self.folder / "cue-sheet.json").read_text())
        return sheet


def band(seconds: float, bpm: float = 120, rate: int = RATE) -> Audio:
    """Chords, bass, drums: four bars of four beats over and over, n by 2."""
    chance = np.random.default_rng(0)
    audio = np.zeros((round(seconds * rate), 2))
    beat = 60 / bpm

    def add(time: float, sound: Audio, pan: float) -> None:
        start = round(time * rate)
        sound = sound[: max(0, len(audio) - start)]
        audio[start : start + len(sound)] += sound[:, None] * np.array([1 - pan, pan])

    def seconds_of(length: float) -> Audio:
        return np.arange(round(length * rate)) / rate

    for number in range(int(seconds / beat) + 1):
        chord = CHORDS[number // 4 % 4]
        if number % 4 == 0:
            time = seconds_of(4 * beat)
            for voice, pitch in enumerate(chord):
                wave = sum(np.sin(2 * np.pi * pitch * tone * time) / tone for tone in (1, 2, 3))
                add(
                    number * beat,
                    0.09 * wave * np.minimum(1, time / 0.02) * np.exp(-time / 2),
                    0.3 + voice / 5,
                )
        time = seconds_of(beat)
        bass = np.sin(np.pi * chord[0] * time) * np.exp(-time * 4) * np.minimum(1, time / 0.003)
        add(number * beat, 0.2 * bass, 0.5)
        time = seconds_of(0.04)
        for place in (0.0, 0.5):
            hat = np.diff(chance.normal(size=len(time) + 1)) * np.exp(-time * 90)
            add((number + place) * beat, 0.08 * hat, 0.6)
        time = seconds_of(0.15)
        if number % 2:
            add(number * beat, 0.25 * chance.normal(size=len(time)) * np.exp(-time * 25), 0.5)
        else:
            add(
                number * beat,
                0.5 * np.sin(2 * np.pi * (50 * time - np.exp(-time * 30))) * np.exp(-time * 18),
                0.5,
            )
    return audio


def pad(seconds: float) -> Audio:
    """A chord that swells slowly, without any beat, n by 2."""
    chance = np.random.default_rng(2)
    time = np.arange(round(seconds * RATE)) / RATE
    audio = np.zeros((len(time), 2))
    for pitch in (110, 164.8, 220, 277.2, 329.6):
        for side in (0, 1):
            swell = 1 + 0.5 * np.sin(2 * np.pi * chance.uniform(0.03, 0.15) * time + chance.uniform(0, 6))
            audio[:, side] += 0.08 * swell * np.sin(2 * np.pi * pitch * time + chance.uniform(0, 6))
    return audio


def clicks(seconds: float, bpm: float) -> Audio:
    """A metronome, the first of four beats higher and louder, over a soft tone, n by 2."""
    time = np.arange(round(seconds * RATE)) / RATE
    audio = 0.01 * np.sin(2 * np.pi * 110 * time)
    length = np.arange(round(0.06 * RATE)) / RATE
    for number in range(int(seconds * bpm / 60) + 1):
        start = round(number * 60 / bpm * RATE)
        first = number % 4 == 0
        click = np.sin(2 * np.pi * (1_500 if first else 1_000) * length) * np.exp(-length * 80)
        click = (0.5 if first else 0.3) * click[: max(0, len(audio) - start)]
        audio[start : start + len(click)] += click
    return np.stack([audio, audio], axis=1)


def write(path: Path, audio: Audio, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """Writes samples in the format that the name says."""
    soundfile.write(path, audio, rate, subtype)
    return path


def fitted(source: Path, folder: Path, **brief: Any) -> Fitted:
    """Fits a file to a brief of the given fields."""
    reports: list[tuple[float, str]] = []
    folder.mkdir(exist_ok=True)
    result = fit(
        source, MusicBrief(**{"seed": 1} | brief), folder, lambda done, words: reports.append((done, words))
    )
    return Fitted(folder, result, reports)


@dataclass(frozen=True)
class Heard:
    """What ffmpeg's ebur128 hears: LUFS and dBTP, to a tenth."""

    loudness: float
    true_peak: float


def hear(path: Path) -> Heard:
    """Measures an audio file by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary") :]
    values = [re.search(rf"{name}:\s*(-?[\d.]+)", summary) for name in ("I", "Peak")]
    loudness, peak = (float(found.group(1)) for found in values if found)
    return Heard(loudness, peak)
