"""The sounding part of a delivered file as 48 kHz stereo, in a file of its own, and where its attacks are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfilt

from dalsegno.fitting.survey import BLOCK_SECONDS, Samples, Survey, blocks, opened
from dalsegno.models import SAMPLE_RATE

# Below hearing: rumble and what is left of direct current.
LOWEST_HZ = 20.0
FADE_IN = 0.003
# Attacks are known to the millisecond.
TICK = SAMPLE_RATE // 1000
TICKS_A_SECOND = SAMPLE_RATE // TICK
ATTACK_SMOOTHING = 3.0
# 60 dB below full scale: attacks of what is quieter don't count.
ATTACK_FLOOR = 1e-6


@dataclass(frozen=True)
class Recording:
    """Music at 48 kHz.

    Attributes:
        path: raw float32 samples, interleaved stereo.
        frames: its length in samples.
        attacks: how much each millisecond is louder than the one before, in nepers, smoothed, 0 or more.
    """

    path: Path
    frames: int
    attacks: NDArray[np.float64]

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / SAMPLE_RATE

    def read(self, first: int, last: int) -> Samples:
        """The frames from `first` to before `last`, as far as there are some, shape (frames, 2)."""
        count = max(0, min(last, self.frames) - first)
        return np.fromfile(self.path, np.float32, 2 * count, offset=8 * first).reshape(-1, 2)


def record(
    source: Path, found: Survey, longest: float, path: Path, progress: Callable[[float], None]
) -> Recording:
    """Decodes what sounds: no silent head or tail, no direct current, in stereo, at 48 kHz.

    Mono goes to both sides; of more channels than two, those of even number go left and those of odd number right.

    Args:
        source: a file that was surveyed.
        found: what the survey found.
        longest: seconds after which no more is needed.
        path: the file to write.
        progress: told how much is done, 0..1.

    Raises:
        DownloadFailed: the file changed since.
    """
    first = round(found.head * found.rate)
    last = min(round(found.tail * found.rate), first + round(longest * found.rate))
    resampler = soxr.ResampleStream(found.rate, SAMPLE_RATE, 2, dtype="float32", quality="HQ")
    high_pass = butter(2, LOWEST_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
    state = np.zeros((1, 2, 2))
    powers: list[NDArray[np.float64]] = []
    rest, before = np.zeros((0, 2), np.float32), np.zeros((1, 2), np.float32)
    place = 0
    faded = False
    with opened(source) as file, path.open("wb") as target:
        for block, _ in blocks(file, found.rate * BLOCK_SECONDS):
            start, place = place, place + len(block)
            if place <= first:
                continue
            kept = block[max(0, first - start) : last - start]
            ended = place >= last
            stereo = downmix(kept - found.offset.astype(np.float32))
            if not faded:
                ramp = min(len(stereo), round(FADE_IN * found.rate))
                stereo[:ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)[:, None]
                faded = True
            resampled = resampler.resample_chunk(stereo, last=ended)
            filtered, state = sosfilt(high_pass, resampled, axis=0, zi=state)
            audio = filtered.astype(np.float32)
            target.write(audio.tobytes())
            together = np.concatenate((rest, audio))
            whole = len(together) if ended else len(together) // TICK * TICK
            powers.append(tick_powers(together[:whole], before))
            before = together[whole - 1 : whole] if whole else before
            rest = together[whole:]
            progress(min(1.0, (place - first) / (last - first)))
            if ended:
                break
    return Recording(path, path.stat().st_size // 8, attacks(np.concatenate(powers)))


def downmix(audio: Samples) -> Samples:
    """Any number of channels as two, at equal power."""
    channels = audio.shape[1]
    if channels == 1:
        return np.repeat(audio, 2, axis=1)
    if channels == 2:
        return np.ascontiguousarray(audio)
    left, right = audio[:, ::2], audio[:, 1::2]
    sides = (left.sum(axis=1) / np.sqrt(left.shape[1]), right.sum(axis=1) / np.sqrt(right.shape[1]))
    return np.ascontiguousarray(np.stack(sides, axis=1), dtype=np.float32)


def tick_powers(audio: Samples, before: Samples) -> NDArray[np.float64]:
    """The power of each millisecond's sample-to-sample differences, which brings attacks out."""
    steps = np.square(np.diff(audio, axis=0, prepend=before)).sum(axis=1, dtype=np.float64)
    missing = -len(steps) % TICK
    power: NDArray[np.float64] = np.pad(steps, (0, missing)).reshape(-1, TICK).mean(axis=1)
    return power


def attacks(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much louder each millisecond is than what came just before."""
    level = np.log(gaussian_filter1d(power, ATTACK_SMOOTHING, mode="nearest") + ATTACK_FLOOR)
    lag = round(2 * ATTACK_SMOOTHING)
    risen = np.maximum(level - np.concatenate((np.full(lag, level[0]), level[:-lag])), 0)
    # The rise is felt half the lag after the attack.
    return np.concatenate((risen[lag // 2 :], np.zeros(lag // 2)))
