from collections.abc import Callable
from typing import Any

import pytest

from tests.support.postgresql import PASSWORD, PostgresqlServer


@pytest.fixture
def database(
    call: Callable[..., Any], postgresql_database: str, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """An empty database of PostgreSQL, which the settings name."""
    monkeypatch.setenv("DALSEGNO_DATABASE_URL", postgresql_url)
    return postgresql_database


def test_migrate_brings_the_database_up_to_date_once(call: Callable[..., Any], database: str) -> None:
    """As on SQLite."""
    first = call("migrate", "--json")
    assert first.code == 0
    assert first.document["applied"][0] == "0001"
    assert call("migrate", "--json").document == {"applied": []}


def test_a_database_that_is_newer_is_refused(
    call: Callable[..., Any], postgresql: PostgresqlServer, database: str
) -> None:
    """Exit code 2: an older program must not be run against it by accident."""
    call("migrate")
    postgresql.sql("UPDATE alembic_version SET version_num = '9999'", database=database)
    ended = call("migrate")
    assert ended.code == 2
    assert "newer than this program (revision 9999): install the version that migrated it" in ended.err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "s3cret"}, "The database refuses user or password: set them in DALSEGNO_DATABASE_URL."),
        ({"database": "nowhere"}, "The server has no such database as DALSEGNO_DATABASE_URL names"),
    ],
)
def test_what_a_person_has_to_set_is_said(
    call: Callable[..., Any],
    postgresql: PostgresqlServer,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    said: str,
) -> None:
    """Exit code 2, one sentence, no password."""
    monkeypatch.setenv("DALSEGNO_DATABASE_URL", postgresql.url(**{"database": database} | wrong))
    ended = call("migrate", "--json")
    assert ended.code == 2
    assert said in ended.document["error"]["message"]
    for secret in ("s3cret", PASSWORD):
        assert secret not in ended.out + ended.err


def test_a_server_that_is_away_is_told_apart(
    call: Callable[..., Any], postgresql: PostgresqlServer, database: str
) -> None:
    """Exit code 3: it may come back."""
    with postgresql.away():
        ended = call("migrate")
    assert ended.code == 3
    assert "The database does not answer: no connection could be had" in ended.err
    assert "Traceback" not in ended.err
