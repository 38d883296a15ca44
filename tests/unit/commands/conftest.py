from collections.abc import Callable
from pathlib import Path

import pytest

import starter
from dalsegno.commands.exits import run
from tests.support.command_line import Ended

Call = Callable[..., Ended]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command line in a folder and a home of its own, where nothing is running."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DALSEGNO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "no-profile.toml"))
    for name in ("TEMPORAL_ADDRESS", "DALSEGNO_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["dalsegno"])

    def called(*arguments: str) -> Ended:
        code = run(starter.app, arguments)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return called
