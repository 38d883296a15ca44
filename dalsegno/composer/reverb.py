"""One room for all stems: convolution with a synthetic impulse response.

The response is noise that decays exponentially, its high frequencies sooner (after Moorer, "About This
Reverberation Business", 1979). Every stem has the room to itself, so that stems still add up to the mix.
"""

import numpy as np
from scipy.fft import irfft, rfft
from scipy.signal import butter, sosfilt

from dalsegno.composer.soundfont_file import Floats
from dalsegno.mastering.loudness import GRAIN
from dalsegno.models import SAMPLE_RATE

FFT_LENGTH = 2**18
PREDELAY = 0.018
BANDS = ((250, 700, 1.0), (700, 2500, 0.85), (2500, 7000, 0.5))
SEED = 1979


def impulse_response(decay: float) -> Floats:
    """The room's answer to a click on the left and right, 2 by n, of unit energy.

    Args:
        decay: seconds until it has fallen by 60 dB, 0.3 to 3.
    """
    # One more than a multiple of the meter's grain, so that blocks are a multiple of it.
    length = round((decay * 0.9 + PREDELAY) * SAMPLE_RATE / GRAIN) * GRAIN + 1
    start = round(PREDELAY * SAMPLE_RATE)
    noise = np.random.default_rng(SEED).standard_normal((2, length - start))
    time = np.arange(length - start) / SAMPLE_RATE
    response = np.zeros((2, length))
    for low, high, share in BANDS:
        band = butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
        response[:, start:] += sosfilt(band, noise) * 10 ** (-3 * time / (decay * share))
    build_up = round(0.012 * SAMPLE_RATE)
    response[:, start : start + build_up] *= np.linspace(0, 1, build_up)
    response[:, -2400:] *= np.linspace(1, 0, 2400)
    response /= np.sqrt(np.square(response).sum(axis=1, keepdims=True))
    return response.astype(np.float32)


class Reverb:
    """The room for one stem, fed in blocks of `block` samples (overlap-add)."""

    def __init__(self, response: Floats) -> None:
        self.block = FFT_LENGTH - response.shape[1] + 1
        self._spectrum = rfft(response, FFT_LENGTH, axis=1)
        self._rest = np.zeros((2, FFT_LENGTH - self.block), np.float32)

    def process(self, mono: Floats) -> Floats:
        """The room's answer, 2 by `block`, to `block` samples of what is sent into it."""
        answer = irfft(rfft(mono, FFT_LENGTH) * self._spectrum, FFT_LENGTH, axis=1)
        answer[:, : self._rest.shape[1]] += self._rest
        self._rest = answer[:, self.block :].copy()
        result: Floats = answer[:, : self.block]
        return result
