import os
from pathlib import Path

import pytest

from dalsegno.client import MusicClient, reference_audio
from dalsegno.client.reference_audio import check_audio
from dalsegno.errors import InvalidRequest
from dalsegno.models import MusicRequest

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
GOOD = {"customer_id": "acme", "duration": 60.0}


@pytest.mark.parametrize(
    "beginning",
    [
        WAV, b"ID3\x04", b"\xff\xfb\x90", b"\xff\xf1\x50", b"fLaC\0", b"OggS\0", b"\0\0\0\x1cftypM4A ",
        b"FORM\0\0\0\0AIFF", b"FORM\0\0\0\nAIFC", b"\x1aE\xdf\xa3\x01", b"caff\0",
    ],
)  # fmt: skip
def test_what_begins_as_music_does_is_taken(beginning: bytes, tmp_path: Path) -> None:
    """By its content: names tell nothing."""
    (tmp_path / "song.txt").write_bytes(beginning + bytes(100))
    assert len(check_audio(str(tmp_path / "song.txt")).sha256) == 64


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"Dear diary, today it rained.", "is no audio file: give a WAV"),
        (b"#EXTM3U\nfile:///etc/passwd", "is no audio file"),
        (b"\x89PNG\r\n\x1a\n", "is no audio file"),
        (b"Asnd and what follows", "is no audio file"),
        (b"R", "is no audio file"),
    ],
)
def test_what_is_none_is_refused_by_its_content(content: bytes, said: str, tmp_path: Path) -> None:
    """A text that is named song.mp3 too."""
    (tmp_path / "song.mp3").write_bytes(content)
    with pytest.raises(InvalidRequest, match=said):
        check_audio(str(tmp_path / "song.mp3"))


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes into isn't waited for, a device that never ends isn't read."""
    os.mkfifo(tmp_path / "pipe.wav")
    for name, said in (
        (str(tmp_path / "pipe.wav"), "is no file"),
        ("/dev/zero", "is no file"),
        (str(tmp_path), "can't be read: Is a directory"),
        (str(tmp_path / "gone.wav"), "can't be read: No such file"),
        ("a\0b", "can't be read"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            check_audio(name)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """Its length tells."""
    with (tmp_path / "day.wav").open("wb") as file:
        file.write(WAV)
        file.truncate(reference_audio.LARGEST_AUDIO + 1)
    with pytest.raises(InvalidRequest, match=r"larger than 200 MiB: a few minutes"):
        check_audio(str(tmp_path / "day.wav"))


def test_the_request_is_known_by_what_is_in_the_file(tmp_path: Path) -> None:
    """Not by where it lies; and what lies there may change."""
    here, there = tmp_path / "here.wav", tmp_path / "there.wav"
    here.write_bytes(WAV + b"1")
    there.write_bytes(WAV + b"1")

    def identity(path: Path) -> str:
        request = MusicRequest.model_validate(GOOD | {"reference_audio": str(path)})
        return request.with_audio(check_audio(str(path)).sha256).sha256()

    assert identity(here) == identity(there)
    there.write_bytes(WAV + b"2")
    assert identity(here) != identity(there)


async def test_a_file_that_changes_while_it_is_read_starts_nothing(
    client: MusicClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job would be known by one content and work with another."""
    path = tmp_path / "song.wav"
    path.write_bytes(WAV + b"1")

    def look_then_change(name: str) -> reference_audio.AudioFile:
        found = check_audio(name)
        path.write_bytes(WAV + b"2")
        return found

    monkeypatch.setattr("dalsegno.client.music_client.check_audio", look_then_change)
    with pytest.raises(InvalidRequest, match="was changed while it was read"):
        await client.start(MusicRequest.model_validate(GOOD | {"reference_audio": str(path)}))
