"""Beat tracking by dynamic programming, after Ellis, "Beat Tracking by Dynamic Programming", 2007."""

import numpy as np
from numpy.typing import NDArray

from dalsegno.fitting.spectrum import FRAMES_A_SECOND

# Tempos near this are heard before their doubles and halves: beats a minute, and octaves.
MIDDLE_BPM = 120.0
TEMPO_SPREAD = 1.0
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
# How dearly a beat pays for being early or late, against onsets in standard deviations.
TIGHTNESS = 100.0
# Onsets count for the frames about them, too: the standard deviation of that, as a share of a beat.
ONSET_WIDTH = 1 / 32

Onsets = NDArray[np.float64]


def repetition(onsets: Onsets) -> Onsets:
    """How well onsets agree with themselves after each number of frames: their autocorrelation, at most about 1.

    Args:
        onsets: their strength in each frame, not all alike.
    """
    centred = onsets - onsets.mean()
    size = 1 << (2 * len(centred)).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2, size)[: len(centred)]
    overlap = np.arange(len(centred), 0, -1) / len(centred)
    agreement: Onsets = correlation / overlap / correlation[0]
    return agreement


def beat_period(agreement: Onsets) -> int | None:
    """The frames from beat to beat after which onsets repeat best, common tempos before others.

    Music too short for two of the quickest beats has none.

    Args:
        agreement: see `repetition`.
    """
    shortest = round(60 / FASTEST_BPM * FRAMES_A_SECOND)
    longest = min(round(60 / SLOWEST_BPM * FRAMES_A_SECOND), len(agreement) // 2)
    if longest <= shortest:
        return None
    periods = np.arange(shortest, longest + 1)
    octaves = np.log2(periods / FRAMES_A_SECOND * MIDDLE_BPM / 60)
    usual = np.exp(-0.5 * (octaves / TEMPO_SPREAD) ** 2)
    return int(periods[np.argmax(agreement[periods] * usual)])


def tracked(onsets: Onsets, period: int) -> NDArray[np.intp]:
    """The frames of the beats: those that fall on the strongest onsets while they keep their distance.

    Args:
        onsets: their strength in each frame, not all alike.
        period: frames from beat to beat, about.
    """
    offsets = np.arange(-period, period + 1)
    bump = np.exp(-0.5 * (offsets / (ONSET_WIDTH * period)) ** 2)
    # "same" has the length of the longer of both.
    gains = np.convolve(onsets / onsets.std(), bump)[period : period + len(onsets)]
    back = np.arange(2 * period, period // 2 - 1, -1)
    costs = TIGHTNESS * np.log(back / period) ** 2
    # In front of the music stand frames without beats, so that its first beat needs none before it.
    lead = 2 * period
    scores = np.zeros(lead + len(gains))
    before = np.full(len(gains), -1)
    first = int(np.argmax(gains >= 0.01 * gains.max()))
    for frame, gain in enumerate(gains.tolist()):
        candidates = scores[frame : frame + len(back)] - costs
        best = int(candidates.argmax())
        scores[lead + frame] = gain + candidates[best]
        if frame > first:
            before[frame] = frame - back[best]
    # The last beat is the best one, not the latest: what follows an ending would only pull the beats towards it.
    frames = [int(scores[lead:].argmax())]
    while before[frames[-1]] >= 0:
        frames.append(int(before[frames[-1]]))
    return np.array(frames[::-1])
