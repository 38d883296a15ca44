import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dalsegno.deliverables.finish import finish
from dalsegno.deliverables.names import CONTENT_TYPES
from dalsegno.errors import InternalError
from dalsegno.models import MusicBrief, Scene, SceneContext
from dalsegno.ports import RenderedMusic

BRIEF = MusicBrief(duration=2.0, seed=1)
RENDERED = RenderedMusic(title="A title", files=["master.wav", "preview.mp3"])


@pytest.fixture
def folder(recording: Callable[..., Path], tmp_path: Path) -> Path:
    """What the least of providers leaves."""
    recording()
    (tmp_path / "preview.mp3").write_bytes(b"not looked into")
    return tmp_path


def test_finish_names_all_files_in_a_fixed_order(folder: Path, recording: Callable[..., Path]) -> None:
    """Master, preview, picture, cue sheet, score, stems, page; what else lies there is not published."""
    (folder / "stems").mkdir()
    for name in ("stems/pads.wav", "stems/bass.wav"):
        recording(name)
    (folder / "score.mid").write_bytes(b"MThd")
    (folder / "cue-sheet.json").write_text(json.dumps({"key": "C major"}))
    (folder / "scratch.tmp").write_bytes(b"")

    names = finish(folder, BRIEF, RENDERED, scene_context=None)

    assert names == [
        "master.wav",
        "preview.mp3",
        "waveform.png",
        "cue-sheet.json",
        "score.mid",
        "stems/bass.wav",
        "stems/pads.wav",
        "index.html",
    ]
    assert all((folder / name).is_file() for name in names)
    assert all(Path(name).suffix in CONTENT_TYPES for name in names)
    page = (folder / "index.html").read_text()
    assert "C major" in page
    assert "stems/bass.wav" in page


def test_a_provider_without_cue_sheet_and_score_is_enough(folder: Path) -> None:
    """Master and preview alone give picture and page."""
    assert finish(folder, BRIEF, RENDERED, scene_context=None) == [
        "master.wav",
        "preview.mp3",
        "waveform.png",
        "index.html",
    ]


def test_scenes_are_drawn_into_picture_and_page(folder: Path, scenes: list[Scene]) -> None:
    """The job's scenes change the picture and stand on the page."""
    finish(folder, BRIEF, RENDERED, scene_context=None)
    plain = (folder / "waveform.png").read_bytes()
    context = SceneContext(
        dominant_mood="epic", average_energy=55.0, scene_count=2, summary="", scenes=scenes
    )

    finish(folder, BRIEF, RENDERED, scene_context=context)

    assert (folder / "waveform.png").read_bytes() != plain
    assert "epic 90" in (folder / "index.html").read_text()


def test_the_same_folder_gives_the_same_bytes(folder: Path) -> None:
    """Finishing again, as a retried step does, changes nothing."""
    finish(folder, BRIEF, RENDERED, scene_context=None)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    finish(folder, BRIEF, RENDERED, scene_context=None)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("missing", ["master.wav", "preview.mp3"])
def test_a_provider_that_left_too_little_is_a_bug(folder: Path, missing: str) -> None:
    """The error names the file that is not there."""
    (folder / missing).unlink()

    with pytest.raises(InternalError, match=missing):
        finish(folder, BRIEF, RENDERED, scene_context=None)


@pytest.mark.parametrize(
    "content", ["{", '{"cues": 3}', "[1]", '{"instruments": [{"asked": "x", "status": "eaten"}]}']
)
def test_a_broken_cue_sheet_is_a_bug(folder: Path, content: str) -> None:
    """A sheet that can't be read is named, not passed over."""
    (folder / "cue-sheet.json").write_text(content)

    with pytest.raises(InternalError, match=r"cue-sheet\.json"):
        finish(folder, BRIEF, RENDERED, scene_context=None)
