"""Tempo: how well each one explains when notes begin, and how usual it is.

Onsets that repeat after one, two, three and four beats speak for a tempo (a comb over their autocorrelation, after
Scheirer, "Tempo and Beat Analysis of Acoustic Musical Signals", 1998), those that repeat after one of them most; so
does being a tempo that people tap to (log-normal, after Parncutt, "A Perceptual Model of Pulse Salience and Metrical
Accent", 1994). These add up to the log-odds of each tempo; what falls near the best one, of all tempos, is the
confidence in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dalsegno.composer.moods import STYLES
from dalsegno.models import Mood
from dalsegno.reference.analysis.sound import RATE, Matrix, Samples, power_spectra

Floats = NDArray[np.float64]

WINDOW, HOP = 2_048, 256
FRAMES_A_SECOND = RATE / HOP
BANDS = 64
LOWEST_HZ = 30.0
# Bands this far below the loudest one are not heard.
RANGE_DB = 40.0
# A band's growth is taken over so many frames: windows overlap too much for one to show it.
RISE_FRAMES = 2
# What changes more slowly than this is loudness, not onsets.
DRIFT_SECONDS = 1.0
# People are this much early or late: seconds, as a standard deviation.
UNEVENNESS = 2 / FRAMES_A_SECOND
BEATS = (1, 2, 3, 4)
# Repetitions that only so much of the clip can show are left out.
LEAST_OVERLAP = 0.2

SLOWEST_BPM, FASTEST_BPM = 40.0, 220.0
# Tempos lie 1 % apart; those that are within 4 % count as one.
STEP, TOLERANCE_STEPS = 0.01, 4
BPM: Floats = np.exp(np.arange(np.log(SLOWEST_BPM), np.log(FASTEST_BPM), STEP))

# Log-odds, fitted by maximum likelihood to the development part of the rendered scores.
BEAT_WEIGHT, COMB_WEIGHT = 5.7, 7.8
USUAL_BPM, USUAL_WEIGHT = 112.0, 3.16


@dataclass(frozen=True)
class Tempo:
    """A tempo.

    Attributes:
        bpm: beats a minute.
        confidence: how likely it is right within 4 %, 0..1.
        punch: decibels by which bands grow a frame, on average.
    """

    bpm: float
    confidence: float
    punch: float


def find_tempo(audio: Samples, mood: Mood | None) -> Tempo | None:
    """The likeliest tempo; None if nothing in the sound begins.

    Args:
        audio: at `RATE`, at least a second.
        mood: of the music that is to be made. Where it is known, it decides between a tempo, its half and its
            double, which can all be tapped to; the confidence is then that one of them is right.
    """
    strength = onset_strength(audio)
    if not strength.any():
        return None
    odds = log_odds(strength, USUAL_BPM)
    chances = np.exp(odds - odds.max())
    chances /= chances.sum()
    nearby = np.convolve(chances, np.ones(2 * TOLERANCE_STEPS + 1), mode="same")
    best = int(nearby.argmax())
    punch = float(strength.mean())
    if mood is None:
        return Tempo(centre(odds, best), float(min(1.0, nearby[best])), punch)
    octave = round(np.log(2) / STEP)
    levels = [place for place in (best - octave, best, best + octave) if 0 <= place < len(BPM)]
    by_mood = log_odds(strength, middle_bpm(mood))
    suited = max(levels, key=lambda place: by_mood[within(place)].max())
    return Tempo(centre(odds, suited), float(min(1.0, nearby[levels].sum())), punch)


def onset_strength(audio: Samples) -> Floats:
    """How much the bands of a mel spectrum grow, in decibels on average, a value a frame; 0 where nothing does."""
    levels = 10 * np.log10(power_spectra(audio, WINDOW, HOP) @ mel_bands() + 1e-12)
    heard = np.maximum(levels, levels.max() - RANGE_DB)
    rise = np.maximum(heard[RISE_FRAMES:] - heard[:-RISE_FRAMES], 0).mean(axis=1, dtype=np.float64)
    return np.pad(rise, (RISE_FRAMES, 0))


def mel_bands() -> Matrix:
    """Averages a power spectrum over triangular bands, evenly spaced in mels (O'Shaughnessy's scale)."""
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST_HZ, RATE / 2]) / 700)
    edges = 700 * (10 ** (np.linspace(float(lowest), float(highest), BANDS + 2) / 2595) - 1)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    pitch = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    triangles = np.clip(np.minimum((pitch - low) / (middle - low), (high - pitch) / (high - middle)), 0, None)
    # The lowest bands are narrower than a bin: some hold none.
    return np.asarray(triangles / np.maximum(triangles.sum(axis=0), 1e-6), np.float32)


def log_odds(strength: Floats, usual_bpm: float) -> Floats:
    """How likely each tempo of `BPM` is: logarithms, up to a constant.

    Args:
        strength: of onsets, a value a frame.
        usual_bpm: the middle of the tempos that such music has.
    """
    agreement = repetition(strength)
    odds: Floats = (
        BEAT_WEIGHT * agreement[0]
        + COMB_WEIGHT * agreement.mean(axis=0)
        - USUAL_WEIGHT * np.log2(BPM / usual_bpm) ** 2
    )
    return odds


def repetition(strength: Floats) -> Floats:
    """How well onsets agree with themselves after each of `BEATS` (rows) for each tempo of `BPM`: about 0 to 1.

    What too little of the clip can show is as the mean of what it shows.
    """
    curve = smoothed(strength - smoothed(strength, DRIFT_SECONDS / 4), UNEVENNESS)
    agreement = autocorrelation(curve - curve.mean())
    lags = 60 / BPM * FRAMES_A_SECOND * np.array(BEATS)[:, None]
    shown = lags < (1 - LEAST_OVERLAP) * len(curve)
    values = np.where(shown, np.interp(lags, np.arange(len(agreement)), agreement), 0)
    means = values.sum(axis=0) / np.maximum(shown.sum(axis=0), 1)
    return np.where(shown, values, means)


def autocorrelation(curve: Floats) -> Floats:
    """Of a curve without offset, at each lag as a share of the curve's power."""
    size = 1 << (2 * len(curve)).bit_length()
    sums = np.fft.irfft(np.abs(np.fft.rfft(curve, size)) ** 2, size)[: len(curve)]
    overlap = np.arange(len(curve), 0, -1) / len(curve)
    shares: Floats = sums / overlap / max(float(sums[0]), 1e-12)
    return shares


def smoothed(curve: Floats, seconds: float) -> Floats:
    """A curve under a Gaussian of this standard deviation; its ends are mirrored."""
    return np.asarray(gaussian_filter1d(curve, seconds * FRAMES_A_SECOND, mode="reflect"), np.float64)


def within(place: int) -> slice:
    """The places of `BPM` that count as one with this one; none is the first or the last of all."""
    return slice(max(1, place - TOLERANCE_STEPS), min(len(BPM) - 1, place + TOLERANCE_STEPS + 1))


def centre(odds: Floats, best: int) -> float:
    """The tempo at the highest odds within tolerance, between the grid's tempos by a parabola."""
    place = within(best).start + int(odds[within(best)].argmax())
    before, here, after = odds[place - 1 : place + 2]
    bend = before - 2 * here + after
    shift = float(np.clip((before - after) / 2 / bend, -0.5, 0.5)) if bend < 0 else 0.0
    return float(BPM[place] * np.exp(STEP * shift))


def middle_bpm(mood: Mood) -> float:
    """The middle of the tempos that the composer gives a mood."""
    slowest, fastest = STYLES[mood].tempo
    return float(np.sqrt(slowest * fastest))
