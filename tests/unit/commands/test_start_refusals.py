import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "customer_id"),
        (["--customer", "acme", "--mood", "calm"], "duration"),
        (["--customer", "acme", "--duration", "3", "--mood", "calm"], "duration"),
        (["--customer", "acme", "--duration", "nan", "--mood", "calm"], "duration"),
        (["--customer", "../x", "--duration", "30", "--mood", "calm"], "customer_id"),
        (["--customer", "acme", "--duration", "30", "--mood", "grumpy"], "mood"),
        (["--customer", "acme", "--duration", "30"], "what the music should be like"),
        (["--customer", "acme", "--duration", "30", "--instruments", "piano,,bass"], "instruments"),
        (["--customer", "acme", "--duration", "30", "--mood", "calm", "--seed", "-1"], "seed"),
        (["--customer", "acme", "--duration", "30", "--youtube", "https://youtu.be/x"], "youtube_url"),
        (["--customer", "acme", "--duration", "30", "--reference-audio", "a.mp3"], "reference_audio"),
        (["--customer", "acme", "--duration", "30", "--mood", "calm", "--provider", "nobody"], "nobody"),
        (["--customer", "acme", "--duration", "30", "--transcript", "missing.srt"], "missing.srt"),
        (["--request", "missing.json"], "missing.json"),
        (["--request", "a.json", "--mood", "calm"], "--request"),
    ],
)
@pytest.mark.parametrize("command", [["start"], ["compose", "--to", "music"]])
def test_a_wrong_request_starts_nothing(
    command: list[str], arguments: list[str], named: str, call: Callable[..., Any], tmp_path: Path
) -> None:
    """Exit code 2 before a server is looked for, a sentence that names the mistake, and nothing is written."""
    if command[0] == "compose" and not arguments:
        named = "duration"
    ended = call(*command, *arguments)

    assert ended.code == 2
    assert named in ended.err
    assert ended.out == ""
    assert list(tmp_path.iterdir()) == []


def test_mistakes_are_a_document_too(call: Callable[..., Any]) -> None:
    """With the type of the contract."""
    ended = call("start", "--customer", "acme", "--duration", "1", "--mood", "calm", "--json")

    assert ended.document["error"]["type"] == "InvalidRequest"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"customer_id": "acme", "duration": "30", "mood": "calm"}']
)
def test_a_broken_request_on_stdin_is_refused(
    content: str, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--request -` is checked as a file is; a number given as text is no number."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))

    assert call("start", "--request", "-").code == 2


def test_a_right_request_gets_as_far_as_the_server(call: Callable[..., Any], tmp_path: Path) -> None:
    """From options, from a file and with a transcript: what is missing then is the server."""
    (tmp_path / "video.srt").write_text("1\n00:00:00,000 --> 00:00:05,000\nWe choose to go to the moon.\n")
    (tmp_path / "request.json").write_text(json.dumps({"customer_id": "a", "duration": 30, "mood": "calm"}))
    common = ["start", "--customer", "acme", "--duration", "30"]

    assert call(*common, "--instruments", "piano, cello", "--seed", "7", "--stems").code == 3
    assert call(*common, "--transcript", "video.srt").code == 3
    assert call("start", "--request", "request.json").code == 3
