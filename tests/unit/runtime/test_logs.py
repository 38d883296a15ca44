"""What is written to the log, and what isn't."""

import json
import subprocess
import sys

import pytest

from dalsegno.settings import Settings
from tests.support.programs import ROOT

PROGRAM = """
import logging, structlog, sys
from dalsegno.runtime.logs import configure_logs
configure_logs(sys.argv[1], ["hunter2"])
structlog.contextvars.bind_contextvars(job_id="j1")
def fail(url):
    key = "another-value-of-a-variable"
    raise ValueError(f"no way to {url}")
try:
    fail("postgresql://u:hunter2@h")
except ValueError:
    structlog.get_logger("a").exception("failed", step="generating")
logging.getLogger("b").warning("plain %s", "words hunter2")
"""


def written(log_format: str) -> str:
    """What a program writes in a format."""
    command = [sys.executable, "-c", PROGRAM, log_format]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_secret_and_no_variable_is_written(log_format: str) -> None:
    """Neither in an error's text, nor in a library's words, nor by a traceback that shows variables."""
    text = written(log_format)
    assert "hunter2" not in text
    assert "another-value" not in text.replace('key = "another-value-of-a-variable"', "")
    assert text.count("[secret]") >= 2
    assert "ValueError" in text


def test_json_is_one_object_a_line() -> None:
    """With what is bound, and the standard library's records like our own."""
    first, second = (json.loads(line) for line in written("json").splitlines())
    assert (first["event"], first["job_id"], first["step"], first["level"]) == (
        "failed",
        "j1",
        "generating",
        "error",
    )
    assert (second["event"], second["logger"]) == ("plain words [secret]", "b")


def test_the_passwords_of_the_settings_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they stand in the address, and as they are."""
    monkeypatch.setenv("TEMPORAL_API_KEY", "key-1")
    settings = Settings(database_url="postgresql+asyncpg://u:p%40ss@host/music")
    assert settings.secrets == ["p%40ss", "p@ss", "key-1"]
