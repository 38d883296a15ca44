"""The worker as a program whose database is a PostgreSQL."""

import subprocess
import sys

import pytest

from tests.support.postgresql import PASSWORD, PostgresqlServer
from tests.support.programs import ROOT, Home


def ended(home: Home, database_url: str) -> tuple[int, str]:
    """How `python worker.py` ends, which finds no Temporal server to go on to, and what it says until then."""
    home.path.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, ROOT / "worker.py"],
        env=home.environment | {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DALSEGNO_DATABASE_URL": database_url},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert "s3cret" not in done.stderr
    assert PASSWORD not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "The database has not the tables of this version: run `dalsegno migrate`.\n"),
        (
            {"password": "s3cret"},
            "The database refuses user or password: set them in DALSEGNO_DATABASE_URL.\n",
        ),
        (
            {"database": "nowhere"},
            "The server has no such database as DALSEGNO_DATABASE_URL names: create it, or name another.\n",
        ),
    ],
)
def test_what_a_person_has_to_set_ends_it_at_its_start(
    home: Home, postgresql: PostgresqlServer, postgresql_database: str, wrong: dict[str, str], sentence: str
) -> None:
    """Exit 2 and nothing but that sentence: it takes no job only to fail it."""
    assert ended(home, postgresql.url(**{"database": postgresql_database} | wrong)) == (2, sentence)


def test_a_server_that_is_away_does_not_end_it(
    home: Home, postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    """It may come back: the worker says so and goes on, here as far as to the Temporal server that isn't there."""
    with postgresql.away():
        code, said = ended(home, postgresql_url)
    assert code == 3
    assert "database_unavailable" in said
    assert "The Temporal server at 127.0.0.1:1 can't be reached." in said
