"""Where activities keep files while they work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from activities.scratch import Scratch
from dalsegno.errors import SettingsError
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


async def test_workers_that_start_together_leave_each_other_alone(tmp_path: Path) -> None:
    """A folder that is new is not abandoned, also in the moment before its worker has locked it."""
    code = (
        "import asyncio, sys, pathlib\nfrom activities.scratch import Scratch\n"
        "async def work(root):\n"
        "    for _ in range(400):\n"
        "        with Scratch(root) as scratch:\n"
        "            own = scratch._own\n"
        "            async with scratch.folder() as folder: (folder / 'file').touch()\n"
        "            assert scratch._own == own and own.is_dir()\n"
        "asyncio.run(work(pathlib.Path(sys.argv[1])))\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) for _ in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4
    assert list(tmp_path.iterdir()) == []


async def test_work_goes_on_when_temporary_files_were_cleaned_away(tmp_path: Path) -> None:
    """Machines remove old temporary files; a worker may be older than that. Its new folder is its own again."""
    root = tmp_path / "scratch"
    with Scratch(root) as scratch:
        shutil.rmtree(root)
        async with scratch.folder() as folder:
            (folder / "file").touch()
            with Scratch(root):
                assert (folder / "file").exists()
    assert list(root.iterdir()) == []


def test_nobody_else_can_look_in(tmp_path: Path) -> None:
    """What customers have sent lies there."""
    root = tmp_path / "scratch"
    root.mkdir(mode=0o755)
    with Scratch(root):
        assert root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("what", ["link", "file", "stranger"])
def test_a_folder_that_somebody_else_put_there_is_refused(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that names it; nothing is written to where it leads."""
    root, elsewhere = tmp_path / "scratch", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if what == "link":
        root.symlink_to(elsewhere)
    elif what == "file":
        root.touch()
    else:
        root.mkdir()
        stranger = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: stranger)
    with (
        pytest.raises(SettingsError, match=rf"^The folder {root} for temporary files .* TMPDIR\.$"),
        Scratch(root),
    ):
        pass
    assert list(elsewhere.iterdir()) == []
