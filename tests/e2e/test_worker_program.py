"""The worker as a program."""

import signal
import subprocess
import sys

import pytest

from tests.support.programs import ROOT, Home, wait_until


def start_worker(home: Home, **environment: str) -> "subprocess.Popen[str]":
    """Starts `python worker.py`."""
    return subprocess.Popen(
        [sys.executable, ROOT / "worker.py"],
        env=home.environment | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_server_it_says_so(home: Home) -> None:
    """Exit 3 and one sentence."""
    worker = start_worker(home, TEMPORAL_ADDRESS="127.0.0.1:1")
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 3
    assert "The Temporal server at 127.0.0.1:1 can't be reached." in said
    assert "Traceback" not in said


def test_a_wrong_setting_ends_it_at_its_start(home: Home) -> None:
    """Exit 2 and the setting's name."""
    worker = start_worker(home, DALSEGNO_PROVIDER="suno")
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 2
    assert said.startswith("DALSEGNO_PROVIDER ")
    assert len(said.splitlines()) == 1


def test_a_paid_provider_without_its_key_ends_it_at_its_start(home: Home) -> None:
    """Exit 2 and the name of the setting that lacks."""
    worker = start_worker(home, DALSEGNO_PROVIDER="mureka", TEMPORAL_ADDRESS="127.0.0.1:1")
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 2
    assert "DALSEGNO_MUREKA_API_KEY" in said
    assert len(said.splitlines()) == 1


def test_a_database_without_tables_ends_it_at_its_start(home: Home) -> None:
    """Exit 2 and what to run: it takes no job only to fail it."""
    home.path.mkdir()
    worker = start_worker(home, TEMPORAL_ADDRESS="127.0.0.1:1")
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 2
    assert said == "The database has not the tables of this version: run `dalsegno migrate`.\n"


def test_a_database_that_is_away_does_not_end_it(home: Home) -> None:
    """It may come back: the worker goes on, here as far as to the server that isn't there."""
    worker = start_worker(
        home,
        TEMPORAL_ADDRESS="127.0.0.1:1",
        DALSEGNO_DATABASE_URL=f"sqlite+aiosqlite:///{home.path}/nowhere/music.db",
    )
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 3
    assert "database_unavailable" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(home: Home, number: signal.Signals) -> None:
    """Either signal, exit 0: what it did is handed over."""
    with home.up():
        before = set(home.children_named("worker.py"))
        worker = start_worker(home)
        wait_until(lambda: bool(set(home.children_named("worker.py")) - before))
        assert worker.stderr
        while "worker_started" not in worker.stderr.readline():
            pass
        worker.send_signal(number)
        _, said = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert "worker_ended" in said
