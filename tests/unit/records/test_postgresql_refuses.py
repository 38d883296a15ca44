"""A PostgreSQL that needs a person first: one sentence that says what to set, and no waiting."""

from collections.abc import Iterator

import pytest

from dalsegno.errors import SettingsError
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.errors import DatabaseSetupError
from dalsegno.records.migrate import migrate
from tests.support.postgresql import PASSWORD, PostgresqlServer


@pytest.fixture
def guest(postgresql: PostgresqlServer, postgresql_database: str) -> Iterator[str]:
    """A user of the database who has no rights in it."""
    postgresql.sql(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    yield "guest"
    postgresql.sql("DROP OWNED BY guest", database=postgresql_database)
    postgresql.sql("DROP ROLE guest")


async def refusal(url: str) -> str:
    """What a worker hears when it starts; `migrate` has to refuse too."""
    database = Database(create_engine(url))
    with pytest.raises(DatabaseSetupError) as refused:
        await database.check()
    await database.close()
    return str(refused.value)


async def test_a_wrong_password_is_told(postgresql: PostgresqlServer, postgresql_database: str) -> None:
    """The setting is named, neither password is."""
    url = postgresql.url(postgresql_database, password="s3cret")  # noqa: S106  # it is meant to be wrong
    said = await refusal(url)
    assert said == "The database refuses user or password: set them in DALSEGNO_DATABASE_URL."
    with pytest.raises(SettingsError, match="refuses user or password"):
        await migrate(url)


async def test_an_unknown_user_is_told(postgresql: PostgresqlServer, postgresql_database: str) -> None:
    """The server makes no difference, nor do we."""
    assert "refuses user or password" in await refusal(postgresql.url(postgresql_database, user="nobody"))


async def test_a_missing_database_is_told(postgresql: PostgresqlServer) -> None:
    """It is not made: whoever names it wrongly would not find out."""
    url = postgresql.url("nowhere")
    assert await refusal(url) == (
        "The server has no such database as DALSEGNO_DATABASE_URL names: create it, or name another."
    )
    with pytest.raises(SettingsError, match="no such database"):
        await migrate(url)


async def test_a_database_that_takes_no_connections_is_told(
    postgresql: PostgresqlServer, postgresql_database: str
) -> None:
    """An administrator has said so: it doesn't pass by itself."""
    postgresql.sql(f"ALTER DATABASE {postgresql_database} ALLOW_CONNECTIONS false")
    url = postgresql.url(postgresql_database)
    assert "takes no connections: allow them" in await refusal(url)
    with pytest.raises(SettingsError, match="takes no connections"):
        await migrate(url)


async def test_a_user_who_may_not_create_tables_is_told(
    postgresql: PostgresqlServer, postgresql_database: str, guest: str
) -> None:
    """As on any PostgreSQL since 15, whose users may not by default."""
    with pytest.raises(SettingsError, match="give this user the right to"):
        await migrate(postgresql.url(postgresql_database, user=guest))


@pytest.mark.parametrize("missing", ["INSERT", "UPDATE", "SELECT"])
async def test_a_right_that_is_missing_is_told_at_the_start(
    postgresql: PostgresqlServer, postgresql_database: str, postgresql_url: str, guest: str, missing: str
) -> None:
    """A worker may be another user than who migrates: with the rights to read and write it needs no more."""
    await migrate(postgresql_url)
    url = postgresql.url(postgresql_database, user=guest)
    postgresql.sql(
        f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {guest}",
        database=postgresql_database,
    )
    database = Database(create_engine(url))
    await database.check()
    await database.close()
    postgresql.sql(f"REVOKE {missing} ON music_jobs FROM {guest}", database=postgresql_database)
    assert "give this user the right to" in await refusal(url)


async def test_a_certificate_that_an_option_needs_is_missed(
    postgresql: PostgresqlServer, postgresql_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting would not bring it."""
    monkeypatch.setenv("HOME", "/nowhere")
    url = f"{postgresql.url(postgresql_database)}?sslmode=verify-ca"
    assert "check sslmode and the files that it needs" in await refusal(url)
