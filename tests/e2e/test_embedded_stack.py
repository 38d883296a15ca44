"""The embedded stack as a program: up, found, shared, killed, gone."""

import json
import os
import signal
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
