"""catalog add, catalog list, catalog remove."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.synthetic_music import piece, write

Call = Callable[..., Any]


@pytest.fixture
def song(tmp_path: Path) -> str:
    """A file of music, with tags."""
    return str(write(tmp_path / "song.flac", piece(1, 15), title="Song", artist="Ada"))


def test_what_is_added_is_listed_until_it_is_removed(song: str, tmp_path: Path, call: Call) -> None:
    """In the home's own database, which is made for it; adding it again changes nothing."""
    assert call("catalog", "list", "--json").document == []
    (added,) = call("catalog", "add", song, "--json").document
    assert added == added | {"file": song, "title": "Song", "artist": "Ada", "added": True}
    assert added["seconds"] == pytest.approx(15, abs=0.3)

    (again,) = call("catalog", "add", song, "--json").document
    assert again == added | {"added": False}
    (listed,) = call("catalog", "list", "--json").document
    assert listed == {name: value for name, value in added.items() if name not in {"file", "added"}}

    removed = call("catalog", "remove", added["track_id"], "--json")
    assert removed.document == {"track_id": added["track_id"], "removed": True}
    assert call("catalog", "list", "--json").document == []
    assert (tmp_path / "home" / "dalsegno.db").exists()


def test_a_long_list_is_whole(song: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many questions to the database it takes."""
    others = [str(write(tmp_path / f"{seed}.flac", piece(seed, 12))) for seed in (2, 3)]
    added = call("catalog", "add", song, *others, "--json").document
    monkeypatch.setattr("dalsegno.commands.catalogue.PAGE", 1)
    listed = [track["track_id"] for track in call("catalog", "list", "--json").document]
    assert listed == sorted(track["track_id"] for track in added)


def test_people_get_a_line_a_track(song: str, call: Call) -> None:
    """With the id, which is copied from there."""
    assert call("catalog", "list").err == "The catalogue is empty.\n"
    added = call("catalog", "add", song)
    track_id, told = added.out.split(maxsplit=1)
    assert told == "added: Song by Ada\n"
    assert "there already: Song by Ada" in call("catalog", "add", song).out
    assert call("catalog", "list").out.splitlines() == [
        "TRACK                            LENGTH SONG",
        f"{track_id}   0:15 Song by Ada",
    ]
    assert call("catalog", "remove", track_id).out == f"{track_id}  removed\n"


def test_a_file_that_can_not_be_used_keeps_no_other_from_being_added(
    song: str, tmp_path: Path, call: Call
) -> None:
    """Each is told; the exit code says that something was wrong."""
    (tmp_path / "text.mp3").write_text("not music")
    ended = call("catalog", "add", "missing.mp3", song, "text.mp3", "--json")
    assert ended.code == 2
    missing, added, text = ended.document
    assert missing == {
        "file": "missing.mp3",
        "error": "missing.mp3 can't be read: No such file or directory.",
    }
    assert added["added"]
    assert text == {"file": "text.mp3", "error": "text.mp3 holds no audio that can be read."}
    assert missing["error"] in ended.err
    assert len(call("catalog", "list", "--json").document) == 1


@pytest.mark.parametrize("track_id", ["0" * 32, "x", "'; --", "a\0b", "\ud800"])
def test_a_track_that_is_not_there_can_not_be_removed(track_id: str, call: Call) -> None:
    """Whatever is typed in its place."""
    ended = call("catalog", "remove", track_id)
    assert ended.code == 2
    assert ended.err.startswith("The catalogue has no track ")
    assert ended.err.endswith(": see `catalog list`.\n")


def test_a_database_of_one_s_own_has_to_be_migrated_first(
    song: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be one that others work with: nobody migrates that in passing."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"
    monkeypatch.setenv("DALSEGNO_DATABASE_URL", url)
    for arguments in (("add", song), ("list",), ("remove", "0" * 32)):
        ended = call("catalog", *arguments)
        assert (ended.code, "run `dalsegno migrate`" in ended.err) == (2, True)
    assert call("migrate").code == 0
    assert call("catalog", "add", song).code == 0


def test_a_database_that_is_away_ends_the_whole(
    song: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told once, not file by file."""
    monkeypatch.setenv("DALSEGNO_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'own.db'}")
    ended = call("catalog", "add", song, song, song)
    assert ended.code == 3
    assert ended.err.count("The database does not answer") == 1


def test_a_mistake_leads_to_the_right_help(call: Call) -> None:
    """That of the command itself, below `catalog`."""
    ended = call("catalog", "add")
    assert ended.code == 2
    assert ended.err.endswith("See dalsegno catalog add --help.\n")
