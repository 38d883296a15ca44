"""One job, from start to fetch, through `starter.py` as a process, on the real stack with the real composer."""

import json
import subprocess
import sys
from pathlib import Path

import soundfile

from tests.support.programs import ROOT, Home


def test_a_job_from_transcript_to_files(home: Home, tmp_path: Path) -> None:
    """Start and wait, ask, list, fetch; the plain Temporal CLI answers too; the worker leaves nothing behind."""
    arguments = (
        *("start", "--customer", "acme", "--duration", "12", "--job-id", "rice", "--wait", "--stems"),
        *("--prompt", "orchestra, hopeful", "--transcript", str(ROOT / "examples/rice-1962.srt")),
    )
    with home.up() as (_, addresses):
        done = home.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        status = json.loads(done.stdout)
        assert (status["status"], status["progress"]) == ("completed", 100)
        assert status["scene_context"]["scenes"][-1]["end"] == 12
        assert "left out" in next(each for each in status["steps"] if each["name"] == "analyzing")["note"]

        assert home.json("status", "rice") == status
        (listed,) = home.json("list", "--customer", "acme")
        assert (listed["job_id"], listed["status"], listed["step"]) == ("rice", "completed", "completed")

        query = subprocess.run(
            [
                *(Path(sys.executable).parent / "temporal", "workflow", "query", "--workflow-id", "rice"),
                *("--type", "progress", "--address", addresses["temporal_address"], "--output", "json"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(query.stdout)["queryResult"] == [100]

        fetched = home.json("fetch", "rice", "--to", str(tmp_path / "music"))
        names = {str(Path(each).relative_to(tmp_path / "music")) for each in fetched["files"]}
        assert names == set(status["result"]["objects"])
        assert {
            "master.wav",
            "preview.mp3",
            "waveform.png",
            "cue-sheet.json",
            "score.mid",
            "index.html",
        } < names
        assert any(name.startswith("stems/") for name in names)

        again = home.json(*arguments[:-2], "--transcript", str(ROOT / "examples/rice-1962.srt"))
        assert again["result"] == status["result"]
        other = home.run(
            "start", "--customer", "acme", "--duration", "13", "--job-id", "rice", "--mood", "sad"
        )
        assert other.returncode == 2
        assert "different request" in other.stderr

    master = soundfile.info(tmp_path / "music/master.wav")
    assert (master.frames, master.samplerate, master.channels) == (12 * 48_000, 48_000, 2)
    assert master.subtype == "PCM_24"
    assert [
        path for path in (home.path / "objects").rglob("*") if "staging" in path.parts and path.is_file()
    ] == []


def test_commands_without_a_server_say_how_to_get_one(home: Home) -> None:
    """Exit 3, one sentence."""
    done = home.run("start", "--customer", "acme", "--duration", "12", "--mood", "calm")
    assert done.returncode == 3
    assert done.stderr == (
        "No Temporal server is running here: start one with `dalsegno up`, or set TEMPORAL_ADDRESS.\n"
    )


def test_an_unknown_job_is_exit_four(home: Home) -> None:
    """No job, no traceback."""
    with home.up():
        done = home.run("status", "nobody")
    assert (done.returncode, done.stderr) == (4, "There is no job nobody.\n")
