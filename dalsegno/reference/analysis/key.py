"""Key: which of the 24 keys' profiles the pitch classes of a clip lie nearest to.

Pitches are heard by a constant-Q transform (spectra of three lengths under windows in log-frequency), once the
tuning is known; the profiles are those of Albrecht and Shanahan, "The Use of Large Corpora to Train a New Type of
Key-Finding Algorithm", 2013. Correlations count as log-odds, so that a key's share of all 24 is the confidence in it.
"""

import cmath
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from dalsegno.composer.theory import Key
from dalsegno.reference.analysis.sound import RATE, Matrix, Samples, power_spectra

Floats = NDArray[np.float64]

# How often each degree, from the tonic up in semitones, is heard in a key.
PROFILES = {
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}
KEYS = tuple(Key(tonic, mode) for mode in PROFILES for tonic in range(12))

HOP = 2_048
# Windows, and the MIDI keys that each is long enough to part, up to but not including the last.
WINDOWS = ((16_384, 33, 57), (8_192, 57, 74), (4_096, 74, 101))
LOWEST, HIGHEST = 33, 100
BINS_A_SEMITONE = 3
A4_HZ, A4_KEY = 440.0, 69
# What is not above the octave about it by so much of its mean is no tone.
BACKGROUND = 0.5
# Loud notes count more, but not as much as their amplitude says.
COMPRESSION = 0.5
# Where harmony is heard best: MIDI key, and a standard deviation in semitones.
MIDDLE, SPREAD = 62, 10.0
# Frames this far below the loudest count less.
QUIET = 0.1

# Log-odds a unit of correlation, fitted by maximum likelihood to the development part of the rendered scores.
CORRELATION_WEIGHT = 14.5
# A hum's harmony never changes, speech and noise have no tuning: below these a correlation says less.
LEAST_MOVEMENT, LEAST_CLARITY = 0.03, 0.02


@dataclass(frozen=True)
class HeardKey:
    """A key.

    Attributes:
        key: the likeliest one, major or minor.
        confidence: how likely it is right, 0..1.
        minor: how likely the music is in minor, whatever its tonic, 0..1.
    """

    key: Key
    confidence: float
    minor: float


def find_key(audio: Samples) -> HeardKey | None:
    """The likeliest key; None where there are no tones.

    Args:
        audio: at `RATE`, at least a second.
    """
    spectra = [power_spectra(audio, window, HOP) for window, _, _ in WINDOWS]
    offset, clarity = tuning(constant_q(spectra, 0.0))
    frames = chroma(semitones(spectra, offset))
    heard = frames.mean(axis=0)
    if not heard.any():
        return None
    evidence = min(1.0, movement(frames) / LEAST_MOVEMENT) * min(1.0, clarity / LEAST_CLARITY)
    odds = CORRELATION_WEIGHT * evidence * correlations(heard)
    chances = np.exp(odds - odds.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    return HeardKey(KEYS[best], float(chances[best]), float(chances[12:].sum()))


def constant_q(spectra: list[Matrix], offset: float) -> Matrix:
    """The amplitude in thirds of semitones, from a third below `LOWEST` to a third above `HIGHEST`, a row a frame.

    Args:
        spectra: power spectra, one for each of `WINDOWS`.
        offset: semitones by which the music is tuned above 440 Hz.
    """
    parts = []
    third = 1 / BINS_A_SEMITONE
    for power, (window, first, last) in zip(spectra, WINDOWS, strict=True):
        keys = np.arange(first - third, last - third - 1e-6, third) + offset
        centres = A4_HZ * 2 ** ((keys - A4_KEY) / 12)
        widths = np.maximum(centres * (2 ** (third / 12) - 1), 0.75 * RATE / window)
        frequencies = np.fft.rfftfreq(window, 1 / RATE)[:, None]
        weights = np.exp(-(((frequencies - centres) / widths) ** 2))
        weights /= weights.sum(axis=0)
        parts.append(np.sqrt(power @ weights.astype(np.float32)))
    return np.concatenate(parts, axis=1)


def tuning(amplitudes: Matrix) -> tuple[float, float]:
    """Semitones by which the music is tuned above 440 Hz, -0.5 to 0.5, and how clearly it is tuned at all, 0 to 1.

    Args:
        amplitudes: see `constant_q`, without an offset.
    """
    tones = above_background(amplitudes).sum(axis=0, dtype=np.float64)
    angles = (np.arange(len(tones)) - 1) * 2 * np.pi / BINS_A_SEMITONE
    # Where between keys most of the sound lies: the mean direction on a circle that is a semitone round.
    mean = complex((tones * np.exp(1j * angles)).sum()) / max(float(tones.sum()), 1e-12)
    return cmath.phase(mean) / (2 * np.pi), abs(mean)


def semitones(spectra: list[Matrix], offset: float) -> Matrix:
    """How strong each MIDI key from `LOWEST` to `HIGHEST` is, a row a frame."""
    return above_background(constant_q(spectra, offset))[:, 1::BINS_A_SEMITONE]


def above_background(amplitudes: Matrix) -> Matrix:
    """What stands out against the octave about it: tones do, drums don't."""
    around: Matrix = uniform_filter1d(amplitudes, 12 * BINS_A_SEMITONE, axis=1)
    return np.asarray(np.maximum(amplitudes - BACKGROUND * around, 0), np.float32)


def chroma(tones: Matrix) -> Floats:
    """The strength of the twelve pitch classes from C on, a row a frame.

    Args:
        tones: see `semitones`.
    """
    keys = np.arange(LOWEST, HIGHEST + 1)
    weights = np.exp(-(((keys - MIDDLE) / SPREAD) ** 2) / 2)
    classes = (keys[:, None] % 12 == np.arange(12)) * weights[:, None]
    frames: Floats = tones.astype(np.float64) ** COMPRESSION @ classes
    levels = np.linalg.norm(frames, axis=1, keepdims=True)
    loudest = float(levels.max())
    if not loudest:
        return frames
    relative: Floats = frames / np.maximum(levels, QUIET * loudest)
    return relative


def movement(frames: Floats) -> float:
    """How much the harmony changes: how far frames are from the mean of all, 0 (not at all) to 1."""
    mean = frames.mean(axis=0)
    lengths = np.linalg.norm(frames, axis=1)
    sounding = frames[lengths > 0.5]
    if not len(sounding):
        return 0.0
    alike = sounding @ mean / np.linalg.norm(sounding, axis=1) / max(float(np.linalg.norm(mean)), 1e-12)
    return float(1 - alike.mean())


def correlations(heard: Floats) -> Floats:
    """Pearson's correlation of a chroma with the profile of each of `KEYS`."""
    centred = heard - heard.mean()
    centred /= max(float(np.linalg.norm(centred)), 1e-12)
    found = []
    for key in KEYS:
        profile = np.roll(PROFILES[key.mode], key.tonic)
        profile = profile - profile.mean()
        found.append(float(profile @ centred / np.linalg.norm(profile)))
    return np.array(found)
