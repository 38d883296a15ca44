"""What is known of a song, without a server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.audd_simulator import API_TOKEN, AuddSimulator, error
from tests.support.synthetic_music import RATE, ffmpeg, piece, write

Call = Callable[..., Any]
SONG = piece(1, 40)


@pytest.fixture
def excerpt(tmp_path: Path) -> str:
    """A stretch of the song as an MP3, with other tags."""
    write(tmp_path / "excerpt.wav", SONG[RATE * 10 : RATE * 26], title="Tagged", artist="Tagger")
    ffmpeg("-i", tmp_path / "excerpt.wav", tmp_path / "excerpt.mp3")
    return str(tmp_path / "excerpt.mp3")


@pytest.fixture
def audd(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuddSimulator]:
    """AudD, and a token for it."""
    with AuddSimulator() as simulator:
        monkeypatch.setenv("DALSEGNO_AUDD_BASE_URL", simulator.base_url)
        monkeypatch.setenv("DALSEGNO_AUDD_API_TOKEN", API_TOKEN)
        yield simulator


def test_a_song_of_the_catalogue_is_known_and_nobody_else_is_asked(
    excerpt: str, tmp_path: Path, call: Call, audd: AuddSimulator
) -> None:
    """With what was measured as confidence; people read where in the song it is."""
    call("catalog", "add", str(write(tmp_path / "song.flac", SONG, title="Song", artist="Ada")))
    song = call("identify", excerpt, "--json").document
    assert set(song) == {"title", "artist", "bpm", "key", "mood", "confidence", "method"}
    assert (song["title"], song["artist"], song["method"]) == ("Song", "Ada", "catalog")
    assert 0.85 <= song["confidence"] <= 1
    assert audd.questions == []
    lines = call("identify", excerpt).out.splitlines()
    assert lines[:2] == ["Title     Song", "Artist    Ada"]
    assert lines[-1].startswith("Known by  the catalogue, ")
    assert lines[-1].endswith("% the same, from 0:10 on")


def test_audd_is_asked_next(excerpt: str, call: Call, audd: AuddSimulator) -> None:
    """Without a confidence, since it tells none. No database is made in passing."""
    song = call("identify", excerpt, "--json").document
    assert (song["title"], song["confidence"], song["method"]) == ("Morning Mood", None, "audd")
    assert not Path("home").exists()


def test_tags_come_last_and_who_could_not_answer_is_named(
    excerpt: str, call: Call, audd: AuddSimulator
) -> None:
    """On stderr: the result is whole without it."""
    audd.answers = [error(902)]
    ended = call("identify", excerpt, "--json")
    song = ended.document
    assert (song["title"], song["artist"], song["method"]) == ("Tagged", "Tagger", "metadata")
    assert "AudD's quota is used up" in ended.err
    assert API_TOKEN not in ended.out + ended.err


def test_an_unknown_song_has_no_name(tmp_path: Path, call: Call) -> None:
    """And what is not sure is null."""
    song = call("identify", str(write(tmp_path / "a.wav", SONG)), "--json").document
    assert (song["title"], song["artist"], song["confidence"], song["method"]) == (None, None, None, "none")


def test_what_is_no_music_is_refused(tmp_path: Path, call: Call) -> None:
    """In one sentence."""
    (tmp_path / "text.mp3").write_text("not music")
    for name in ("missing.mp3", "text.mp3"):
        ended = call("identify", name)
        assert ended.code == 2
        assert ended.err.splitlines()[-1].count(".") >= 1
        assert ended.out == ""


def test_a_wrong_token_is_told_before_anything_is_read(
    excerpt: str, call: Call, audd: AuddSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the setting's name, never its value."""
    monkeypatch.setenv("DALSEGNO_AUDD_API_TOKEN", "no token")
    ended = call("identify", excerpt)
    assert (ended.code, ended.err.splitlines()[-1][:23]) == (2, "DALSEGNO_AUDD_API_TOKEN")
