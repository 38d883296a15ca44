import io
import json
import sys
from pathlib import Path

import pytest

from dalsegno.commands.output import plain, print_json, print_line, program, say, tolerate_any_text


def test_control_characters_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """What others wrote can neither command a terminal nor begin a line of its own."""
    hostile = "a\x1b[31mb\x07c\u202ed\u2028e\rf"
    print_line(hostile + "\nnext")
    say(hostile)

    printed = capsys.readouterr()
    assert printed.out == "a [31mb c d e f next\n"
    assert "\x1b" not in printed.err
    assert plain("plain “text” 🎹 中文") == "plain “text” 🎹 中文"


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """It reads back as it was, whatever is in it."""
    document = {"title": "中 \u2028 \ud800 \x1b"}
    print_json(document)

    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.count("\n") == 1
    assert json.loads(printed) == document


def test_a_terminal_of_another_encoding_gets_replacements(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that the terminal lacks is no reason to fail."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    tolerate_any_text()
    print_line("Caf\u00e9")

    assert raw.getvalue() == b"Caf?\n"


@pytest.mark.parametrize(
    ("name", "called"), [("starter.py", "python starter.py"), ("/usr/bin/dalsegno", "dalsegno")]
)
def test_advice_names_the_program_as_it_was_called(
    name: str, called: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From a checkout and when installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])

    assert program() == called


def test_the_interpreter_of_the_checkout_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another `python` wouldn't have what the program needs: what is said can be called as it stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["/x/starter.py"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    assert program() == ".venv/bin/python starter.py"
