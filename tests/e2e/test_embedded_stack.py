"""The embedded stack as a program: up, found, shared, killed, gone."""

import json
import os
import signal
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.programs import Home, wait_until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_without_a_trace_when_told_to(home: Home, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are good ends: exit 0, no process left, nobody finds it any more."""
    with home.up() as (process, addresses):
        assert set(addresses) == {"temporal_address", "web_ui", "home"}
        with urllib.request.urlopen(addresses["web_ui"]) as page:  # noqa: S310  (our own Web UI)
            assert page.status == 200
        assert len(home.children_named("temporal server")) == 1
        process.send_signal(number)
        process.communicate(timeout=40)
        assert process.returncode == 0
        assert home.processes() == []
    done = home.run("list")
    assert done.returncode == 3
    assert "dalsegno up" in done.stderr


def test_it_cleans_up_however_often_it_is_told(home: Home) -> None:
    """Whoever is impatient gets no half stack that goes on by itself."""
    with home.up() as (process, _):
        process.send_signal(signal.SIGTERM)
        for _ in range(3):
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=40)
        assert process.returncode == 0
        assert home.processes() == []
        assert not (home.path / "stack.json").exists()


def test_a_worker_leaves_no_temporary_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither work nor the server of processes does."""
    with tempfile.TemporaryDirectory() as folder:  # the sockets in it need a short path
        monkeypatch.setenv("TMPDIR", folder)
        with home.up():
            done = home.run("start", "--customer", "acme", "--duration", "5", "--mood", "calm", "--wait")
            assert done.returncode == 0, done.stderr
        assert [path.name for path in Path(folder).rglob("*")] == [f"dalsegno-{os.getuid()}"]


def test_another_servers_profile_is_not_mixed_in(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its key nor its namespace nor its encryption, whether from a profile or from a `.env` file."""
    profile = tmp_path / "config/temporalio/temporal.toml"
    profile.parent.mkdir(parents=True)
    profile.write_text(
        '[profile.default]\naddress = "cloud:7233"\nnamespace = "elsewhere"\napi_key = "k"\n'
        "[profile.default.tls]\n"
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / ".env").write_text("TEMPORAL_NAMESPACE=other\nTEMPORAL_API_KEY=k\n")
    with home.up():
        assert home.json("list") == []


def test_the_second_uses_the_first(home: Home) -> None:
    """Started twice, there is one stack, and the second says so; its end leaves the first alone."""
    with home.up() as (_, first):
        second = home.start("up", "--json")
        assert second.stdout
        assert json.loads(second.stdout.readline()) == first
        second.send_signal(signal.SIGTERM)
        _, said = second.communicate(timeout=40)
        assert second.returncode == 0
        assert "Another program runs this stack" in said
        assert home.json("list") == []


@pytest.mark.parametrize("part", ["temporal server", "worker.py"])
def test_the_crash_of_a_part_ends_it_with_a_sentence(home: Home, part: str) -> None:
    """Half a stack is no stack: it says which part has gone and where its log is, and nothing stays."""
    with home.up() as (process, _):
        (victim,) = [pid for pid in home.children_named(part) if parent_is_guard(pid)]
        os.kill(victim, signal.SIGKILL)
        _, said = process.communicate(timeout=40)
        assert process.returncode == 3
        assert "has ended unexpectedly" in said
        assert ".log" in said
        wait_until(lambda: home.processes() == [])


def test_killed_and_started_again_its_jobs_go_on(home: Home) -> None:
    """A kill -9 takes all its parts along; the next stack of the same home finishes the job."""
    with home.up() as (process, _):
        started = home.run("start", "--customer", "acme", "--duration", "20", "--mood", "calm", "--json")
        job_id = json.loads(started.stdout)["job_id"]
        process.kill()
        process.communicate()
        wait_until(lambda: home.processes() == [])
    with home.up():
        watched = home.run("watch", job_id, "--json")
        assert watched.returncode == 0, watched.stderr
        assert json.loads(watched.stdout.splitlines()[-1])["status"] == "completed"


def test_after_a_kill_the_next_waits_for_what_is_left(home: Home) -> None:
    """Two servers never write one database, however slowly the first one ends; nobody finds it meanwhile."""
    with home.up() as (process, _):
        (old,) = home.children_named("temporal server")
        os.kill(old, signal.SIGSTOP)  # it is killed after its grace period only
        process.kill()
        process.communicate()
        second = home.start("up", "--json")
        assert home.run("list").returncode == 3
        while old in (running := home.children_named("temporal server")):
            assert running == [old]
            time.sleep(0.1)
        assert second.stdout
        assert json.loads(second.stdout.readline())["home"] == str(home.path)
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=40)
        assert second.returncode == 0


def test_a_home_that_cannot_be_made_is_one_sentence(home: Home) -> None:
    """No traceback for a mistake of this kind."""
    home.path.write_text("a file")
    done = home.run("up")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("The home ")


def parent_is_guard(pid: int) -> bool:
    """Whether a process was started by a guard: the worker's own children weren't."""
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return "guard.py" in Path(f"/proc/{parent}/cmdline").read_text()
