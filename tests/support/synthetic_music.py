"""Music of random notes, as different from piece to piece as recordings are, and quick to make."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 22_050
_BEAT_SECONDS = 0.31


def piece(seed: int, seconds: float) -> Samples:
    """A piece of chords and a melody, mono at `RATE`; another number gives another piece."""
    rng = np.random.default_rng(seed)
    beats = int(seconds / _BEAT_SECONDS) + 1
    time = np.arange(int(RATE * _BEAT_SECONDS)) / RATE
    fading = np.exp(-4 * time)
    notes = []
    for _ in range(beats):
        pitches = rng.choice(np.arange(36, 84), size=4, replace=False)
        partials = [(440 * 2 ** ((pitch - 69) / 12) * n, 1 / n) for pitch in pitches for n in (1, 2, 3)]
        notes.append(fading * sum(level * np.sin(2 * np.pi * hertz * time) for hertz, level in partials))
    return (0.1 * np.concatenate(notes)[: int(RATE * seconds)]).astype(np.float32)


def write(path: Path, samples: Samples, *, title: str | None = None, artist: str | None = None) -> Path:
    """Writes a file in the format that its name says, with tags."""
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        if title:
            file.title = title
        if artist:
            file.artist = artist
        file.write(samples)
    return path


def ffmpeg(*arguments: str | Path) -> None:
    """Runs ffmpeg to its end."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-y", "-nostdin", "-v", "error", *map(str, arguments)], check=True)
