"""The same brief gives the same bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dalsegno.models import MusicBrief


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_rendering_a_brief_again_gives_the_same_bytes(
    tmp_path: Path, render_piece: Callable[..., Any]
) -> None:
    """Master, preview, MIDI, cue sheet and stems are the same, whatever was rendered in between."""
    brief = MusicBrief(duration=6.5, seed=42, mood="inspiring", prompt="driving", stems=True)
    render_piece(brief, tmp_path / "first")
    render_piece(MusicBrief(duration=5, seed=1, mood="dark"), tmp_path / "other")
    render_piece(brief, tmp_path / "second")
    first = content(tmp_path / "first")
    assert first == content(tmp_path / "second")
    assert len(first) >= 8


def test_another_seed_gives_other_bytes(tmp_path: Path, render_piece: Callable[..., Any]) -> None:
    """The seed decides."""
    for seed in (1, 2):
        render_piece(MusicBrief(duration=5, seed=seed, mood="calm"), tmp_path / str(seed))
    first, second = content(tmp_path / "1"), content(tmp_path / "2")
    assert all(first[name] != second[name] for name in ("master.wav", "score.mid", "cue-sheet.json"))
