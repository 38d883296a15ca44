"""Transcripts in JSON."""

import json
from typing import Any

import pytest

from dalsegno.errors import InvalidRequest
from dalsegno.scenes import read_transcript


def read(document: Any) -> list[tuple[float, float, str]]:
    """Start, end and text of each segment of a JSON document."""
    segments = read_transcript(json.dumps(document).encode(), "a.json")
    return [(segment.start, segment.end, segment.text) for segment in segments]


def test_a_list_of_segments() -> None:
    """The contract's form; whole numbers are seconds too."""
    assert read([{"start": 0, "end": 1.5, "text": "One"}]) == [(0.0, 1.5, "One")]


def test_an_object_with_segments() -> None:
    """Speech recognisers wrap the list and add fields of their own."""
    whisper = {
        "text": "One",
        "segments": [{"id": 0, "start": 0.0, "end": 1.5, "text": " One", "tokens": [1]}],
    }
    assert read(whisper) == [(0.0, 1.5, "One")]


def test_no_segments() -> None:
    """An empty list is a transcript without speech."""
    assert read([]) == []


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"start": "0", "end": 1, "text": "a"}, "start is missing or not a number"),
        ({"start": True, "end": 1, "text": "a"}, "start is missing or not a number"),
        ({"start": 0, "text": "a"}, "end is missing or not a number"),
        ({"start": 0, "end": 1, "text": None}, "text is missing or not a text"),
        ({"start": -1, "end": 1, "text": "a"}, "between 0 and"),
        ({"start": 0, "end": 1e300, "text": "a"}, "between 0 and"),
        ({"start": 0, "end": 10**400, "text": "a"}, "between 0 and"),
        ({"start": 2, "end": 1, "text": "a"}, "before its start"),
        ("a", "must be an object"),
    ],
)
def test_a_wrong_segment_is_named(item: Any, reason: str) -> None:
    """The message says which segment is wrong, and how."""
    good = {"start": 0, "end": 1, "text": "a"}
    with pytest.raises(InvalidRequest, match=rf"^a\.json, segment 2: .*{reason}"):
        read([good, item])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"start": 0,\n "end": ]', "line 2"),
        ('[{"start": NaN, "end": 1, "text": "a"}]', "NaN is not a number"),
        ("[" * 200_000, "nested too deeply"),
        ('[{"start": ' + "9" * 5_000 + "}]", "too long"),
        ('[{"start": 0, "end": 1e999, "text": "a"}]', "between 0 and"),
        ('{"cues": []}', "must be a JSON list"),
        ("[" + "0," * 2_000_001 + "0]", "holds more than"),
    ],
)
def test_json_that_is_no_transcript_is_refused(text: str, reason: str) -> None:
    """Whatever is wrong with the JSON, one sentence says it."""
    with pytest.raises(InvalidRequest, match=reason):
        read_transcript(text.encode(), "a.json")


def test_lone_surrogates_are_taken_out() -> None:
    """Half a character, which JSON allows, would break what comes after."""
    (segment,) = read_transcript(b'[{"start": 0, "end": 1, "text": "\\ud800 hi"}]', "a.json")
    assert segment.text == "hi"
