"""Ears that had no part in composing: librosa for onsets, key, tempo and novelty, ffmpeg for loudness."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import librosa
import numpy as np
import numpy.typing as npt
import soundfile

Array = npt.NDArray[Any]

RATE = 22_050
# librosa's own hop, 23 ms, is too coarse to judge a cut by.
ONSET_HOP, ONSET_WINDOW, ONSET_BANDS = 64, 1_024, 64
TEMPO_SECONDS = 8.0
NOVELTY_HOP = 2_205
# Half the width of the kernel that compares what was with what comes.
NOVELTY_REACH = 4.0
PEAK_REACH, PEAK_DEVIATIONS = 2.0, 0.5

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# J. Albrecht and D. Shanahan, "The Use of Large Corpora to Train a New Type of Key-Finding Algorithm" (2013): how
# often each degree, from the tonic up in semitones, is heard in a key.
ALBRECHT = {
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}


@dataclass(frozen=True)
class Loudness:
    """What ffmpeg's ebur128 hears: LUFS and dBTP, to a tenth."""

    integrated: float
    true_peak: float


def listen(path: Path) -> Array:
    """A file in mono at 22.05 kHz."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono: Array = librosa.resample(audio.mean(axis=1), orig_sr=rate, target_sr=RATE)
    return mono


def onsets(audio: Array) -> Array:
    """Where notes begin, in seconds."""
    envelope = librosa.onset.onset_strength(
        y=audio, sr=RATE, hop_length=ONSET_HOP, n_fft=ONSET_WINDOW, n_mels=ONSET_BANDS
    )
    found: Array = librosa.onset.onset_detect(
        onset_envelope=envelope, sr=RATE, hop_length=ONSET_HOP, units="time"
    )
    return found


def tempo(audio: Array) -> float:
    """Beats a minute, of the piece as a whole."""
    envelope = librosa.onset.onset_strength(y=audio, sr=RATE, hop_length=ONSET_HOP, aggregate=np.median)
    # One autocorrelation instead of one for each frame: with a hop this fine those would fill the memory.
    lags = librosa.autocorrelate(envelope, max_size=round(TEMPO_SECONDS * RATE / ONSET_HOP))
    found = librosa.feature.tempo(tg=librosa.util.normalize(lags)[:, None], sr=RATE, hop_length=ONSET_HOP)
    return float(found[0])


def key(audio: Array) -> str:
    """The key, "C major" say, whose profile lies nearest to the piece's chroma."""
    chroma = librosa.feature.chroma_cqt(y=audio, sr=RATE).mean(axis=1)
    fits = {
        (tonic, mode): float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
        for mode, profile in ALBRECHT.items()
        for tonic in range(12)
    }
    tonic, mode = max(fits, key=lambda candidate: fits[candidate])
    return f"{NOTE_NAMES[tonic]} {mode}"


def novelty(audio: Array) -> Array:
    """How much the character of what is heard changes at each tenth of a second.

    J. Foote, "Automatic Audio Segmentation Using a Measure of Audio Novelty" (2000): a checkerboard kernel along the
    self-similarity of timbre and level, of harmony, and of the density of onsets, which count alike.
    """
    spectrum = librosa.power_to_db(librosa.feature.melspectrogram(y=audio, sr=RATE, hop_length=NOVELTY_HOP))
    heard = (
        librosa.feature.mfcc(S=spectrum, n_mfcc=13),
        librosa.feature.chroma_stft(y=audio, sr=RATE, hop_length=NOVELTY_HOP, n_fft=8_192),
        librosa.onset.onset_strength(S=spectrum, sr=RATE)[None],
    )
    groups = []
    for group in heard:
        centred = group - group.mean(axis=1, keepdims=True)
        groups.append(centred / (np.sqrt((centred**2).sum(axis=0).mean()) + 1e-9))
    features = np.concatenate(groups)
    reach = round(NOVELTY_REACH * RATE / NOVELTY_HOP)
    side = (np.arange(2 * reach) - reach + 0.5) / reach
    kernel = np.outer(np.sign(side), np.sign(side)) * np.exp(-2 * (side[:, None] ** 2 + side[None] ** 2))
    # Beyond its ends the piece goes on as it began and ended: they are no boundaries.
    padded = np.pad(features, ((0, 0), (reach, reach)), mode="reflect")
    return np.array(
        [
            float((kernel * (part.T @ part)).sum())
            for part in (padded[:, place : place + 2 * reach] for place in range(features.shape[1]))
        ]
    )


def boundaries(curve: Array) -> list[float]:
    """Seconds at which novelty has a peak: the highest within 2 s about it, and above the piece's average."""
    seconds = NOVELTY_HOP / RATE
    reach = round(PEAK_REACH / seconds)
    limit = curve.mean() + PEAK_DEVIATIONS * curve.std()
    return [
        place * seconds
        for place in range(len(curve))
        if curve[place] >= limit and curve[place] == curve[max(0, place - reach) : place + reach + 1].max()
    ]


def loudness(path: Path, start: float = 0.0, end: float | None = None) -> Loudness:
    """A file, or a slice of it, as ffmpeg's ebur128 hears it.

    Raises:
        RuntimeError: if ffmpeg says nothing of it.
    """
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostats",
        "-ss",
        f"{start:.6f}",
        "-i",
        str(path),
    ]
    if end is not None:
        command += ["-t", f"{end - start:.6f}"]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rfind("Summary") :]
    found = [re.search(rf"{name}:\s*(-?[\d.]+|-?inf)", summary) for name in ("I", "Peak")]
    if not all(found):
        raise RuntimeError(f"ffmpeg did not measure {path.name}.")
    integrated, peak = (float(match.group(1)) for match in found if match)
    return Loudness(integrated, peak)
