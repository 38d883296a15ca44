"""What is no music is refused, by the error that says whether fetching it again can help."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dalsegno.errors import DownloadFailed, GenerationRejected
from tests.support.foreign_music import RATE, Audio, band, fitted, write


def flac_cut_short(folder: Path) -> Path:
    """Half of a FLAC file."""
    path = write(folder / "cut.flac", band(8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def mp3_cut_short(folder: Path) -> Path:
    """Most of an MP3 file, which decodes, but tells of more than it holds."""
    path = write(folder / "cut.mp3", band(8), subtype="MPEG_LAYER_III")
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * 0.97)])
    return path


def text(folder: Path) -> Path:
    """A page of a proxy, named as audio."""
    path = folder / "in.wav"
    path.write_text("<html><body>Bad gateway</body></html>" * 100)
    return path


def empty(folder: Path) -> Path:
    """A file without a byte."""
    path = folder / "in.mp3"
    path.touch()
    return path


def other_format(folder: Path) -> Path:
    """Audio, but in a format that nobody delivers."""
    return write(folder / "in.aiff", band(2))


@pytest.mark.parametrize("create", [flac_cut_short, mp3_cut_short, text, empty, other_format])
def test_what_cannot_be_decoded_may_be_fetched_again(create: Callable[[Path], Path], tmp_path: Path) -> None:
    """DownloadFailed, and nothing is left in the folder."""
    source = create(tmp_path)
    with pytest.raises(DownloadFailed):
        fitted(source, tmp_path / "out", duration=5)
    assert list((tmp_path / "out").iterdir()) == []


def blip() -> Audio:
    """Half a second of music in a minute of silence."""
    return np.concatenate([np.zeros((30 * RATE, 2)), band(0.5), np.zeros((30 * RATE, 2))])


def far_blips() -> Audio:
    """A click at each end of ten silent seconds."""
    audio = np.zeros((10 * RATE, 2))
    audio[[100, -100]] = 0.9
    return audio


@pytest.mark.parametrize(
    "audio",
    [np.zeros((20 * RATE, 2)), np.full((20 * RATE, 2), 0.5), np.zeros((0, 2)), blip(), far_blips()],
    ids=["silence", "direct current", "nothing", "half a second", "two clicks"],
)
def test_what_holds_no_music_is_rejected(audio: Audio, tmp_path: Path) -> None:
    """GenerationRejected: the same file would come again."""
    with pytest.raises(GenerationRejected):
        fitted(write(tmp_path / "in.wav", audio), tmp_path / "out", duration=5)


@pytest.mark.parametrize(("rate", "channels"), [(7_999, 1), (192_001, 1), (48_000, 17)])
def test_formats_beyond_all_bounds_are_rejected(rate: int, channels: int, tmp_path: Path) -> None:
    """Rates and channels have bounds."""
    audio = np.random.default_rng(1).normal(0, 0.1, (rate * 2, channels))
    with pytest.raises(GenerationRejected):
        fitted(write(tmp_path / "in.wav", audio, rate), tmp_path / "out", duration=5)


def test_more_than_an_hour_is_rejected_unread(tmp_path: Path) -> None:
    """By what the header tells, before anything is decoded."""
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_16") as file:
        for _ in range(61):
            file.write(np.zeros(60 * 8_000, np.int16))
    with pytest.raises(GenerationRejected, match="more than an hour"):
        fitted(path, tmp_path / "out", duration=5)
