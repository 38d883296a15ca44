"""The cue sheet."""

import itertools
import json
from typing import Any

import pytest


@pytest.fixture(scope="module")
def sheet(three_scenes: Any) -> Any:
    """The cue sheet of the piece with two cuts."""
    return json.loads((three_scenes.folder / "cue-sheet.json").read_text(encoding="utf-8"))


def test_it_has_all_that_it_promises(sheet: Any, three_scenes: Any) -> None:
    """Version, title, frame, sections, cues, reports, mastering, stems."""
    assert {
        *("version", "title", "duration", "sample_rate", "key", "mood", "tempo_map", "bars", "sections"),
        *("cues", "instruments", "prompt", "reference", "mastering", "stems"),
    } <= set(sheet)
    assert sheet["version"] == 1
    assert sheet["title"] == three_scenes.result.title
    assert (sheet["duration"], sheet["sample_rate"]) == (17.77, 48_000)


def test_sections_follow_on_one_another(sheet: Any) -> None:
    """From 0 to the end, each with its mood, energy, key and instruments; the last one is the ending."""
    sections = sheet["sections"]
    assert sections[0]["start"] == 0
    assert sections[-1]["end"] == 17.77
    assert sections[-1]["name"] == "ending"
    for before, after in itertools.pairwise(sections):
        assert before["end"] == pytest.approx(after["start"], abs=1e-5)
    assert all(section["instruments"] for section in sections)
    assert {section["key"] for section in sections if section["mood"] == sheet["mood"]} == {sheet["key"]}


def test_each_cut_has_its_cue_on_a_bar(sheet: Any) -> None:
    """A cue's time is the start of the bar that it names."""
    assert [cue["time"] for cue in sheet["cues"]] == [6.3, 12.1]
    for cue in sheet["cues"]:
        assert sheet["bars"][cue["bar"] - 1] == pytest.approx(cue["time"], abs=1e-5)
        assert cue["error_ms"] == 0


def test_instruments_are_reported(sheet: Any) -> None:
    """What was asked for, what became of it, what plays it."""
    assert [(report["asked"], report["status"], report["played"]) for report in sheet["instruments"]] == [
        ("piano", "honoured", ["grand piano"]),
        ("strings", "honoured", ["strings"]),
    ]


def test_keys_are_in_order(three_scenes: Any, sheet: Any) -> None:
    """The file is written in one form only."""
    text = (three_scenes.folder / "cue-sheet.json").read_text(encoding="utf-8")
    assert text == json.dumps(sheet, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
