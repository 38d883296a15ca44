"""Music as the simulator of Mureka hands it out: cheap, with a beat, and another piece for each task."""

import hashlib
import io
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

SAMPLE_RATE = 44_100
BEATS_PER_MINUTE = 120
SECONDS_PER_BAR = 2.0
FADE_SECONDS = 1.0

Kind = Literal["wav", "flac", "mp3"]
CONTENT_TYPES: dict[Kind, str] = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}


@lru_cache(maxsize=8)
def music(seed: str, seconds: float, silent_seconds: float, kind: Kind) -> bytes:
    """A file of music, stereo, 44.1 kHz, 16 bit. The last `silent_seconds` of it are silent."""
    bar = _bar(seed)
    frames = round(seconds * SAMPLE_RATE)
    sound = np.tile(bar, (frames // len(bar) + 1, 1))[:frames]
    end = max(frames - round(silent_seconds * SAMPLE_RATE), 0)
    fade = min(end, round(FADE_SECONDS * SAMPLE_RATE))
    sound[end - fade : end] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    sound[end:] = 0
    file = io.BytesIO()
    soundfile.write(file, sound, SAMPLE_RATE, format=kind.upper())
    return file.getvalue()


def _bar(seed: str) -> npt.NDArray[np.float32]:
    """Two seconds: a chord on the first beat, and a drum on each of four."""
    digits = hashlib.sha256(seed.encode()).digest()
    root = 110 * 2 ** ((int.from_bytes(digits[:4], "big") % 2_400) / 2_400)
    third = 3 + digits[4] % 2
    time = np.arange(round(SECONDS_PER_BAR * SAMPLE_RATE)) / SAMPLE_RATE
    chord = sum(np.sin(2 * np.pi * root * 2 ** (step / 12) * time) for step in (0, third, 7, 12))
    beat = time % (60 / BEATS_PER_MINUTE)
    drum = np.sin(2 * np.pi * 60 * beat) * np.exp(-beat * 25)
    mono = 0.08 * chord * np.exp(-time) + 0.4 * drum
    return np.column_stack([mono, 0.9 * mono]).astype(np.float32)
