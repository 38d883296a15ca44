"""The same file and brief give the same bytes."""

from pathlib import Path

from tests.support.foreign_music import band, fitted, write


def test_fitting_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """In another folder, from the same delivery: every file that is published."""
    source = write(tmp_path / "in.wav", band(8))
    scenes = [
        {"start": 0.0, "end": 6.0, "mood": "calm", "energy": 20.0},
        {"start": 6.0, "end": 15.5, "mood": "epic", "energy": 90.0},
    ]
    once, again = (
        fitted(source, tmp_path / name, duration=15.5, scenes=scenes) for name in ("once", "again")
    )
    assert once.sheet["fitting"]["loop"]
    for name in once.result.files:
        assert (again.folder / name).read_bytes() == (once.folder / name).read_bytes(), name
    assert again.result == once.result
