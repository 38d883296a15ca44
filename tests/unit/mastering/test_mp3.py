"""MP3 files that decode to what went in, for two decoders."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from dalsegno.mastering.mp3 import TAG_BYTES, Mp3Writer, checksum, frame_lengths

RATE = 48_000


def music(frames: int) -> np.ndarray:
    """Two tones that swell and sink, n by 2."""
    time = np.arange(frames) / RATE
    swell = 0.4 * np.sin(np.pi * time / time[-1]) ** 2
    return np.stack([swell * np.sin(2 * np.pi * hertz * time) for hertz in (330, 440)], axis=1).astype(
        np.float32
    )


def encoded(audio: np.ndarray, path: Path, block: int = 10_000) -> Path:
    """Writes audio in blocks."""
    with path.open("wb") as file, Mp3Writer(file) as writer:
        for start in range(0, len(audio), block):
            writer.write(audio[start : start + block])
    return path


def by_ffmpeg(path: Path) -> np.ndarray:
    """Decodes by ffmpeg, as browsers do."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


@pytest.mark.parametrize("frames", [48_000, 48_001, 57_600, 57_024, 100_007])
def test_it_decodes_to_the_same_samples_at_the_same_places(frames: int, tmp_path: Path) -> None:
    """As many as went in, and none shifted: a shift by one sample alone would leave -24 dB of the higher tone."""
    audio = music(frames)
    path = encoded(audio, tmp_path / "music.mp3")
    for decoded in (soundfile.read(path)[0], by_ffmpeg(path)):
        assert decoded.shape == audio.shape
        residual = np.square(decoded - audio).mean() / np.square(audio).mean()
        assert 10 * np.log10(residual) < -30


def test_how_it_is_cut_into_blocks_changes_nothing(tmp_path: Path) -> None:
    """Blocks of any length give the same bytes."""
    audio = music(60_000)
    first = encoded(audio, tmp_path / "first.mp3", 60_000).read_bytes()
    assert first == encoded(audio, tmp_path / "second.mp3", 777).read_bytes()


def test_the_tag_counts_the_frames_and_bytes_that_follow(tmp_path: Path) -> None:
    """Players show the length and seek by it; its checksum is right."""
    content = encoded(music(100_007), tmp_path / "music.mp3").read_bytes()
    tag, stream = content[:TAG_BYTES], content[TAG_BYTES:]
    lengths = list(frame_lengths(stream))
    assert sum(lengths) == len(stream)
    assert tag[36:40] == b"Xing"
    assert int.from_bytes(tag[44:48], "big") == len(lengths)
    assert int.from_bytes(tag[48:52], "big") == len(content)
    assert list(tag[52:152]) == sorted(tag[52:152])
    assert int.from_bytes(tag[-2:], "big") == checksum(tag[:-2])


def test_the_checksum_is_that_of_the_catalogue() -> None:
    """CRC-16/ARC of the digits from 1 to 9."""
    assert checksum(b"123456789") == 0xBB3D


def test_what_is_too_loud_is_clipped_not_wrapped(tmp_path: Path) -> None:
    """Twice full scale stays positive."""
    audio = np.full((20_000, 2), 2.0, np.float32)
    assert by_ffmpeg(encoded(audio, tmp_path / "loud.mp3"))[5_000:15_000].min() > 0.5
