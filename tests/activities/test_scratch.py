"""Where activities keep files while they work."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.scratch import Scratch
from tests.support.programs import ROOT


async def test_a_folder_goes_with_its_work(tmp_path: Path) -> None:
    """Also when the work fails."""
    with Scratch(tmp_path) as scratch:
        kept: list[Path] = []

        async def fail() -> None:
            async with scratch.folder() as folder:
                (folder / "file").touch()
                kept.append(folder)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert not kept[0].exists()


def test_a_workers_folder_goes_with_the_worker(tmp_path: Path) -> None:
    """Nothing stays."""
    with Scratch(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """But never what a living one has."""
    code = (
        "import os, sys, pathlib\nfrom activities.scratch import Scratch\n"
        "with Scratch(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=False)
    (abandoned,) = tmp_path.iterdir()
    with Scratch(tmp_path):
        assert not abandoned.exists()
        (living,) = tmp_path.iterdir()
        with Scratch(tmp_path):
            assert living.exists()
