from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TRANSCRIPT = """1
00:00:00,000 --> 00:00:08,000
We won! We actually won, look at everyone dancing and cheering in the streets!

2
00:00:10,000 --> 00:00:20,500
They laid her in the ground on a grey morning, and none of us could stop crying.
"""


@pytest.fixture
def transcript(tmp_path: Path) -> str:
    """A file of two lines of speech."""
    path = tmp_path / "video.srt"
    path.write_text(TRANSCRIPT)
    return str(path)


def test_json_gives_the_scene_context_and_each_line_s_mood(transcript: str, call: Callable[..., Any]) -> None:
    """The contract's document; the video ends with the last line unless it is said otherwise."""
    ended = call("scenes", transcript, "--json")

    assert ended.code == 0
    document = ended.document
    assert set(document) == {
        "dominant_mood",
        "average_energy",
        "scene_count",
        "summary",
        "scenes",
        "segments",
    }
    assert document["scenes"][-1]["end"] == 20.5
    assert [set(segment) for segment in document["segments"]] == [{"start", "end", "mood", "confidence"}] * 2


def test_people_get_a_table_and_the_summary(transcript: str, call: Callable[..., Any]) -> None:
    """Scenes on stdout, progress and notes on stderr."""
    ended = call("scenes", transcript, "--duration", "15")

    assert ended.code == 0
    assert ended.out.splitlines()[0].split() == ["FROM", "TO", "MOOD", "ENERGY"]
    assert "0:15" in ended.out
    assert "analyzing" in ended.err


@pytest.mark.parametrize("duration", ["-3", "0", "nan", "inf", "1e9"])
def test_a_length_that_no_video_has_is_refused(
    duration: str, transcript: str, call: Callable[..., Any]
) -> None:
    """With the range that there is."""
    ended = call("scenes", transcript, "--duration", duration)

    assert ended.code == 2
    assert ended.err == "--duration must be above 0 and at most 86,400 seconds.\n"


def test_a_transcript_that_is_none_is_refused(tmp_path: Path, call: Callable[..., Any]) -> None:
    """The sentence of the reader, which names the file; without speech there is nothing to analyze either."""
    (tmp_path / "a.srt").write_text("just words")
    (tmp_path / "empty.json").write_text("[]")

    broken = call("scenes", "a.srt")
    assert (broken.code, broken.err.count("\n")) == (2, 1)
    assert "a.srt" in broken.err
    assert call("scenes", "empty.json").code == 2
    assert call("scenes", "missing.srt").code == 2
