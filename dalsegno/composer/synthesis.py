"""Sounds that are computed instead of sampled: what marks a cut and what leads into one."""

from functools import lru_cache

import numpy as np
from scipy.signal import butter, sosfilt

from dalsegno.composer.sampler import Played
from dalsegno.composer.soundfont_file import Floats
from dalsegno.models import SAMPLE_RATE

IMPACT, RISER = "impact", "riser"
SEED = 48


def synthesise(name: str, pitch: int, velocity: int, length: float) -> Played:
    """Plays an impact or a riser; the shape of its level follows the velocity as samples do."""
    level = np.float32((velocity / 127) ** 2)
    audio = impact(pitch) if name == IMPACT else riser(round(length * SAMPLE_RATE))
    return Played(np.stack((audio, audio)) * level, 0)


@lru_cache(maxsize=32)
def impact(pitch: int) -> Floats:
    """A thud: a sine that falls by an octave to a MIDI key within a fifth of a second, begun by a tick."""
    time = np.arange(round(0.6 * SAMPLE_RATE)) / SAMPLE_RATE
    frequency = 440 * 2 ** ((pitch - 69) / 12) * (1 + np.exp(-time / 0.05))
    body = np.sin(2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE) * np.exp(-time / 0.11)
    noise = np.random.default_rng(SEED).standard_normal(len(time))
    tick = sosfilt(butter(2, (600, 5000), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    sound = 0.5 * body + 0.3 * tick * np.exp(-time / 0.006)
    sound[-2400:] *= np.linspace(1, 0, 2400)
    result: Floats = sound.astype(np.float32)
    return result


def riser(frames: int) -> Floats:
    """Noise that swells and opens, dark enough to stay behind the music; it stops where it is loudest."""
    noise = np.random.default_rng(SEED).standard_normal(frames)
    dark = sosfilt(butter(2, (180, 900), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    bright = sosfilt(butter(2, (900, 3200), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    rise = np.linspace(0, 1, frames)
    sound = 0.25 * rise**2 * (dark + bright * rise * 0.6)
    fade = min(frames, 480)
    sound[frames - fade :] *= np.linspace(1, 0, fade)
    result: Floats = sound.astype(np.float32)
    return result
