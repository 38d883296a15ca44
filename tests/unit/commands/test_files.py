import io
import sys
from pathlib import Path

import pytest

from dalsegno.commands import files
from dalsegno.commands.files import filled, read_input
from dalsegno.errors import InvalidRequest


def test_a_dash_is_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"given")))

    assert read_input("-") == b"given"


@pytest.mark.parametrize("name", ["missing.srt", ".", "a\x00b", "n" * 300])
def test_what_cannot_be_read_is_wrong_input(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing file, a folder, a name that no file can have."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InvalidRequest, match=r"can't be read: .+\. Check the path\.$"):
        read_input(name)


def test_input_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that never ends is not read to its end."""
    monkeypatch.setattr(files, "MAX_INPUT_BYTES", 1024**2)

    with pytest.raises(InvalidRequest, match="larger than 1 MiB"):
        read_input("/dev/zero")


def test_files_come_into_the_folder_when_all_is_done(tmp_path: Path) -> None:
    """Nothing is seen of them before, and the draft is gone afterwards."""
    target = tmp_path / "a" / "b"
    with filled(target, last="end") as folder:
        (folder / "stems").mkdir()
        (folder / "stems" / "bass").write_text("bass")
        (folder / "end").write_text("end")
        assert not (target / "stems").exists()
        assert not (target / "end").exists()

    assert sorted(str(path.relative_to(target)) for path in target.rglob("*")) == [
        "end",
        "stems",
        "stems/bass",
    ]


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt()])
def test_what_is_broken_off_leaves_nothing(error: BaseException, tmp_path: Path) -> None:
    """No half result, no draft, and no folder that wasn't there."""

    def break_off() -> None:
        with filled(tmp_path / "new", last="end") as folder:
            (folder / "half").write_text("half")
            raise error

    with pytest.raises(type(error)):
        break_off()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_keeps_its_other_files(tmp_path: Path) -> None:
    """Files of the same names are replaced, also when the attempt before was broken off."""
    for name in ("mine", "end"):
        (tmp_path / name).write_text("old")
    with pytest.raises(ValueError, match="broken off"), filled(tmp_path, last="end") as folder:
        raise ValueError("broken off")
    assert (tmp_path / "end").read_text() == "old"

    with filled(tmp_path, last="end") as folder:
        (folder / "end").write_text("new")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"mine": "old", "end": "new"}


@pytest.mark.parametrize("target", ["file", "file/below", "nul\0", "/proc/dalsegno"])
def test_a_folder_that_cannot_be_made_is_wrong_input(target: str, tmp_path: Path) -> None:
    """A file stands in the way, say: the sentence names the folder."""
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidRequest, match="can't be written to"), filled(tmp_path / target, last="end"):
        pass


def test_a_file_that_cannot_take_its_place_is_wrong_input(tmp_path: Path) -> None:
    """A folder of its name is there: that stays, and the draft is gone."""
    (tmp_path / "stems").write_text("a file where a folder is needed")

    def fill() -> None:
        with filled(tmp_path, last="end") as folder:
            (folder / "stems").mkdir()
            (folder / "stems" / "bass").write_text("bass")

    with pytest.raises(InvalidRequest, match="can't be written to"):
        fill()

    assert [path.name for path in tmp_path.iterdir()] == ["stems"]
