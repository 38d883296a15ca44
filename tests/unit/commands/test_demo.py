import os
from pathlib import Path

import pytest

from dalsegno.commands.stack import DEMO_SECONDS, EXAMPLE, example, forget_other_servers
from dalsegno.scenes import read_transcript
from dalsegno.settings import temporal_variables


def test_the_example_is_found_and_long_enough() -> None:
    """It fills the demo's whole length with speech."""
    segments = read_transcript(example().read_bytes(), EXAMPLE)

    assert segments[-1].end >= DEMO_SECONDS


def test_the_demo_never_runs_on_another_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever server the environment or a `.env` file names: it is the embedded one that the demo shows."""
    (tmp_path / ".env").write_text("TEMPORAL_NAMESPACE=production\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        os, "environ", {"TEMPORAL_ADDRESS": "production:7233", "TEMPORAL_API_KEY": "x", "HOME": "h"}
    )
    forget_other_servers()

    assert temporal_variables() == {}
    assert os.environ["HOME"] == "h"
