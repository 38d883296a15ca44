import os

import pytest

from dalsegno.commands.stack import DEMO_SECONDS, EXAMPLE, example, forget_other_servers
from dalsegno.scenes import read_transcript


def test_the_example_is_found_and_long_enough() -> None:
    """It fills the demo's whole length with speech."""
    segments = read_transcript(example().read_bytes(), EXAMPLE)

    assert segments[-1].end >= DEMO_SECONDS


def test_the_demo_never_runs_on_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever server the environment names: it is the embedded one that the demo shows."""
    monkeypatch.setattr(
        os, "environ", {"TEMPORAL_ADDRESS": "production:7233", "TEMPORAL_API_KEY": "x", "HOME": "h"}
    )
    forget_other_servers()

    assert os.environ == {"HOME": "h"}
