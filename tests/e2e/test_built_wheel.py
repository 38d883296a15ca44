"""What is installed is what was tested: the built wheel, alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The wheel, unpacked as an installer would."""
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        tmp_path / "dist",
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    target = tmp_path / "installed"
    uv: list[str | Path] = [
        Path(sys.executable).parent / "uv",
        "pip",
        "install",
        "--no-deps",
        "--offline",
        "--target",
        target,
    ]
    subprocess.run([*uv, wheel], check=True, capture_output=True)
    return target


def test_the_wheel_makes_music_by_itself(installed: Path, tmp_path: Path) -> None:
    """Fonts, weights, templates and migrations are in it, and nothing is taken from the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(installed), "DALSEGNO_HOME": str(tmp_path / "home")}

    def run(*arguments: str | Path) -> str:
        command = [installed / "bin" / "dalsegno", *arguments, "--json"]
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert json.loads(run("migrate"))["applied"]
    transcript = installed / "dalsegno/examples/rice-1962.srt"
    assert json.loads(run("scenes", transcript))["scenes"]
    composed = json.loads(
        run("compose", "--customer", "acme", "--duration", "6", "--mood", "calm", "--to", tmp_path / "music")
    )
    assert composed
    assert (tmp_path / "music/master.wav").exists()
    assert (tmp_path / "music/index.html").exists()
