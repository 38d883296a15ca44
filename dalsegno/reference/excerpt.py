"""The most telling stretch of a recording, by ffmpeg: where it is loudest for as long as the clip lasts."""

import subprocess
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from dalsegno.errors import UnsupportedSource
from dalsegno.reference.recognition.tags import Tags, read_tags

CLIP_SECONDS = 15
CLIP_RATE = 44_100
CLIP_CHANNELS = 2
# So much of a recording is listened to, from its beginning.
LOOK_SECONDS = 600

_LOOK_RATE = 11_025
# Half a second is about a beat: the clip begins at one of these.
_FRAME_SECONDS = 0.5
# Below it, in dB of full scale, all is equally silent.
_SILENCE_DB = -60.0
_SHORTEST_SECONDS = 1.0
_LARGEST_TAGS = 1 << 20
_BLOCK = 1 << 16

# Containers and bare streams in which music comes. Playlists are not among them: they name other files.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,tak,tta,"
    "w64,wav,wv"
)

# Told how much is done, 0..1.
Tell = Callable[[float], None]


class Excerpt(NamedTuple):
    """Where a clip begins in its recording and how long it is, in seconds; what the recording says of itself."""

    start: float
    seconds: float
    tags: Tags


def take_excerpt(recording: Path, clip: Path, tell: Tell) -> Excerpt:
    """Writes the loudest 15 seconds of the recording's first ten minutes as WAV: 44.1 kHz, 16 bit, stereo.

    A recording that breaks off gives what it holds. The same recording gives the same clip. ffmpeg is given an open
    file and may open no other, nor any address: what a playlist or a container refers to stays closed to it.

    Raises:
        UnsupportedSource: there is no music in it.
    """
    if recording.stat().st_size == 0:
        raise UnsupportedSource("The reference is an empty file: give one that holds music.")
    tags = _tags(recording)
    tell(0.1)
    levels = _levels(recording, lambda seconds: tell(0.1 + 0.6 * seconds / LOOK_SECONDS))
    start = loudest_start(levels)
    tell(0.7)
    return Excerpt(start, _cut(recording, start, clip), tags)


def loudest_start(levels: Sequence[float] | NDArray[np.float64]) -> float:
    """Where the clip begins, in seconds: the first of the stretches with the highest mean level.

    Args:
        levels: of each half second, in dB of full scale. The mean of levels, not of energies, is what counts: a bang
            in a quiet stretch is not its music.

    Raises:
        UnsupportedSource: there is less than a second, or all is silent.
    """
    heard = np.maximum(np.asarray(levels, dtype=np.float64), _SILENCE_DB)
    if len(heard) * _FRAME_SECONDS < _SHORTEST_SECONDS:
        raise UnsupportedSource("The reference holds less than a second of audio: give a longer one.")
    if heard.max() <= _SILENCE_DB:
        raise UnsupportedSource("The reference is silent: give one that holds music.")
    width = min(round(CLIP_SECONDS / _FRAME_SECONDS), len(heard))
    sums = np.concatenate([[0.0], np.cumsum(heard)])
    means = (sums[width:] - sums[:-width]) / width
    # To a tenth of a dB, so that the first of stretches is taken that sound equally loud.
    return float(np.argmax(np.round(means, 1))) * _FRAME_SECONDS


def _tags(recording: Path) -> Tags:
    """Of the whole file in some formats, of each stream in others (Ogg): ffmpeg writes down both."""
    with _ffmpeg(recording, ["-map", "0:a:0?", "-c", "copy", "-t", "0", "-f", "ffmetadata", "-"]) as running:
        written = _stdout(running).read(_LARGEST_TAGS)
    if not written:
        raise UnsupportedSource(
            "The reference can't be read as audio: give a WAV, MP3, FLAC, Ogg, M4A or WebM file, whole."
        )
    return read_tags(written)


def _levels(recording: Path, tell: Tell) -> NDArray[np.float64]:
    """The level of each half second, the last one perhaps shorter, in dB of full scale."""
    frame = round(_LOOK_RATE * _FRAME_SECONDS)
    levels: list[float] = []
    heard = False
    with _ffmpeg(recording, _decoding(_LOOK_RATE, 1, 0.0, LOOK_SECONDS)) as running:
        while block := _stdout(running).read(2 * frame):
            heard = True
            samples = np.frombuffer(block[: len(block) // 2 * 2], dtype="<i2").astype(np.float64) / 32_768
            if len(samples) * 2 >= frame:
                levels.append(10 * np.log10(max(float(np.mean(samples**2)), 1e-12)))
                tell(len(levels) * _FRAME_SECONDS)
    if not heard:
        raise UnsupportedSource("The reference holds no audio: give one with music in it.")
    return np.array(levels)


def _cut(recording: Path, start: float, clip: Path) -> float:
    """Writes the clip; returns its length in seconds. Counted from decoded samples: seeking may land elsewhere."""
    size, frames = CLIP_CHANNELS * 2, 0
    with (
        wave.open(str(clip), "wb") as file,
        # A little more than is taken: the times within a file are not exact.
        _ffmpeg(recording, _decoding(CLIP_RATE, CLIP_CHANNELS, start, CLIP_SECONDS + 1)) as running,
    ):
        file.setnchannels(CLIP_CHANNELS)
        file.setsampwidth(2)
        file.setframerate(CLIP_RATE)
        while frames < CLIP_SECONDS * CLIP_RATE and (block := _stdout(running).read(_BLOCK)):
            whole = min(len(block) // size, CLIP_SECONDS * CLIP_RATE - frames)
            file.writeframes(block[: whole * size])
            frames += whole
    if frames < _SHORTEST_SECONDS * CLIP_RATE:
        raise UnsupportedSource("The reference holds less than a second of audio: give a longer one.")
    return frames / CLIP_RATE


def _decoding(rate: int, channels: int, start: float, seconds: float) -> list[str]:
    sound = [
        "-map",
        "0:a:0",
        "-ss",
        f"{start:g}",
        "-t",
        f"{seconds:g}",
        "-ac",
        str(channels),
        "-ar",
        str(rate),
    ]
    return [*sound, "-c:a", "pcm_s16le", "-f", "s16le", "-"]


def _ffmpeg(recording: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    with recording.open("rb") as file:
        return subprocess.Popen(
            [
                imageio_ffmpeg.get_ffmpeg_exe(),
                *("-nostdin", "-v", "quiet", "-threads", "1", "-filter_threads", "1"),
                *("-protocol_whitelist", "fd", "-format_whitelist", _FORMATS, "-i", "fd:"),
                *arguments,
            ],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def _stdout(running: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert running.stdout
    return running.stdout
