import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

from dalsegno.models import default_seed

FILES = [
    "cue-sheet.json",
    "index.html",
    "master.wav",
    "metadata.json",
    "preview.mp3",
    "score.mid",
    "waveform.png",
]


def test_compose_writes_what_a_job_would_publish(call: Callable[..., Any], tmp_path: Path) -> None:
    """All files, exactly as long as asked, with metadata that fits them, and none beside them."""
    (tmp_path / "plan.json").write_text(
        json.dumps(
            {
                "customer_id": "acme",
                "duration": 5,
                "seed": 7,
                "scenes": [
                    {"start": 0, "end": 2.5, "mood": "calm", "energy": 20},
                    {"start": 2.5, "end": 5, "mood": "epic", "energy": 90},
                ],
            }
        )
    )
    ended = call("compose", "--request", "plan.json", "--to", "music", "--json")

    assert ended.code == 0
    folder = tmp_path / "music"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert sorted(ended.document["files"]) == [f"music/{name}" for name in FILES]
    assert ended.document["files"][-1] == "music/metadata.json"
    assert soundfile.info(folder / "master.wav").frames == 5 * 48_000
    metadata = json.loads((folder / "metadata.json").read_text())
    assert (metadata["customer_id"], metadata["seed"], metadata["scene_aware"]) == ("acme", 7, True)
    assert metadata["scene_context"]["scene_count"] == 2
    master = metadata["objects"]["master.wav"]
    assert master["sha256"] == hashlib.sha256((folder / "master.wav").read_bytes()).hexdigest()
    assert "epic" in (folder / "index.html").read_text()


def test_compose_needs_no_customer_and_makes_the_same_again(call: Callable[..., Any], tmp_path: Path) -> None:
    """Without a job the seed still is fixed: the same wishes make the same music, over what was there."""
    wishes = ("compose", "--duration", "5", "--mood", "sad", "--to", "music")
    assert call(*wishes).out.splitlines()[0] == "music/master.wav"
    first = (tmp_path / "music" / "master.wav").read_bytes()

    assert call(*wishes).code == 0
    assert (tmp_path / "music" / "master.wav").read_bytes() == first
    assert json.loads((tmp_path / "music" / "metadata.json").read_text())["seed"] == default_seed("composed")


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """In the midst of the work: exit code 130, one line, no folder."""
    source = "import starter, sys; sys.argv = ['dalsegno', *sys.argv[1:]]; starter.main()"
    wishes = ["compose", "--duration", "120", "--mood", "sad", "--to", str(tmp_path / "music")]
    with subprocess.Popen(
        [sys.executable, "-c", source, *wishes], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert "generating" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 130
    assert said.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_compose_says_that_it_follows_no_reference(call: Callable[..., Any], tmp_path: Path) -> None:
    """Passing it over in silence would be music that was not asked for."""
    ended = call(
        "compose", "--duration", "5", "--youtube", "https://youtu.be/dQw4w9WgXcQ", "--to", str(tmp_path / "x")
    )
    assert ended.code == 2
    assert not (tmp_path / "x").exists()
