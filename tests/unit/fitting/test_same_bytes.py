"""The same file and brief give the same bytes."""

from pathlib import Path

from tests.support.foreign_music import Fitted, fitted


def test_fitting_again_gives_the_same_bytes(looped_band: Fitted, tmp_path: Path) -> None:
    """In another folder, from the same delivery: every file that is published."""
    scenes = [
        {name: section[name] for name in ("start", "end", "mood", "energy")}
        for section in looped_band.sheet["sections"]
    ]
    again = fitted(looped_band.folder.parent / "in.wav", tmp_path / "again", duration=45.5, scenes=scenes)
    for name in looped_band.result.files:
        assert (again.folder / name).read_bytes() == (looped_band.folder / name).read_bytes(), name
    assert again.result == looped_band.result
