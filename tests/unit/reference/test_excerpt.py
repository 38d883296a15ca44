"""Which stretch of a recording becomes the clip, and what becomes of recordings that are strange."""

import wave
from pathlib import Path

import numpy as np
import pytest

from dalsegno.errors import UnsupportedSource
from dalsegno.reference.excerpt import Excerpt, loudest_start, take_excerpt
from tests.support.recordings import QUIET_THEN_LOUD, record


def taken(recording: Path) -> Excerpt:
    """The excerpt; its clip lies beside the recording."""
    return take_excerpt(recording, recording.with_name("clip.wav"), lambda _: None)


def frames_of(clip: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    """The clip's samples, which have the form that was promised."""
    with wave.open(str(clip)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44_100, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".ogg", ".webm", ".flac"])
def test_the_silent_beginning_is_passed_over(suffix: str, tmp_path: Path) -> None:
    """In each format that music comes in; the clip holds the music from its first half second to its last."""
    excerpt = taken(record(tmp_path / f"song{suffix}", QUIET_THEN_LOUD))
    assert excerpt.start == pytest.approx(20, abs=0.5)
    assert excerpt.seconds == 15
    frames = frames_of(tmp_path / "clip.wav")
    assert len(frames) == 15 * 44_100
    loudness = np.sqrt(np.mean(frames[22_050:-22_050].astype(float).reshape(-1, 22_050) ** 2, axis=1))
    assert loudness.min() > 1_000


def test_the_same_recording_gives_the_same_clip(tmp_path: Path) -> None:
    """Byte by byte: it is staged under its content."""
    recording = record(tmp_path / "song.mp3", QUIET_THEN_LOUD)
    taken(recording)
    first = (tmp_path / "clip.wav").read_bytes()
    taken(recording)
    assert (tmp_path / "clip.wav").read_bytes() == first


def test_a_bang_is_no_music() -> None:
    """What counts is that it is loud all the time."""
    quiet_with_bang, music = [-50.0] * 40, [-20.0] * 30
    quiet_with_bang[20] = 0.0
    assert loudest_start(quiet_with_bang + music) == 20


def test_of_stretches_that_are_equally_loud_the_first_is_taken() -> None:
    """Hardly audible differences are none."""
    assert loudest_start([-60.0] * 4 + [-12.0, -12.04, -12.01] * 40) == 2


def test_a_song_that_is_shorter_is_taken_whole(tmp_path: Path) -> None:
    """From one second on."""
    excerpt = taken(record(tmp_path / "jingle.mp3", "sine=d=3"))
    assert excerpt.start == 0
    assert excerpt.seconds == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("sine=d=20:r=8000", []),
        ("sine=d=20,aformat=channel_layouts=7.1", []),
        ("sine=d=20", ["-c:a", "pcm_f32le"]),
    ],
    ids=["8 kHz", "8 channels", "float"],
)
def test_each_rate_and_each_number_of_channels_will_do(
    source: str, options: list[str], tmp_path: Path
) -> None:
    """The clip has one form."""
    assert taken(record(tmp_path / "song.wav", source, *options)).seconds == 15
    assert len(frames_of(tmp_path / "clip.wav")) == 15 * 44_100


def test_of_an_hour_the_first_ten_minutes_are_listened_to(tmp_path: Path) -> None:
    """A tone that grows all the time is loudest at the end of what was heard."""
    hour = record(
        tmp_path / "hour.wav", "sine=d=3600:r=8000,volume='0.01+0.9*t/3600':eval=frame", "-c:a", "adpcm_ms"
    )
    assert taken(hour).start == pytest.approx(585, abs=60)


def test_a_recording_that_breaks_off_gives_what_it_holds(tmp_path: Path) -> None:
    """Where its format allows that; where it doesn't, a sentence says that it isn't whole."""
    whole = record(tmp_path / "whole.mp3", "sine=d=10").read_bytes()
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(whole[: len(whole) // 2])
    assert taken(broken).seconds == pytest.approx(5, abs=0.5)

    whole = record(tmp_path / "whole.m4a", "sine=d=10").read_bytes()
    (tmp_path / "broken.m4a").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnsupportedSource, match=r"can't be read as audio: give a WAV, .* file, whole"):
        taken(tmp_path / "broken.m4a")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.mp3", b"", "is an empty file"),
        ("diary.mp3", b"Dear diary, today it rained again and nobody came. " * 50, "can't be read as audio"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", "can't be read as audio"),
        ("concat.mp3", b"ffconcat version 1.0\nfile song.wav\n", "can't be read as audio"),
        ("header.wav", b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0",
         "can't be read|no audio"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused_in_a_sentence(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    """Lists name other files, which stay closed."""
    record(tmp_path / "song.wav", "sine=d=2")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsupportedSource, match=said):
        taken(tmp_path / name)


def test_a_film_without_sound_a_silent_song_and_a_click_are_refused(tmp_path: Path) -> None:
    """Each in its own sentence."""
    for recording, said in (
        (record(tmp_path / "film.mp4", "testsrc=d=1:s=64x64"), "holds no audio"),
        (record(tmp_path / "silence.wav", "anullsrc=d=5"), "is silent"),
        (record(tmp_path / "click.wav", "sine=d=0.3"), "less than a second"),
    ):
        with pytest.raises(UnsupportedSource, match=said):
            taken(recording)


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".m4a", ".flac"])
def test_what_the_file_says_of_itself_is_read(suffix: str, tmp_path: Path) -> None:
    """Wherever its format keeps it."""
    tags = ["-metadata", "title=Zoë; her\nsong = this", "-metadata", "artist=" + "A" * 300]
    excerpt = taken(record(tmp_path / f"song{suffix}", "sine=d=2", *tags))
    assert excerpt.tags.title == "Zoë; her song = this"
    assert excerpt.tags.artist == "A" * 200
