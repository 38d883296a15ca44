"""The addresses of databases that users write."""

import sys
from urllib.parse import quote

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from dalsegno.errors import SettingsError
from dalsegno.records.address import database_address
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from tests.support.postgresql import PASSWORD, USER, PostgresqlServer


async def answer(engine: AsyncEngine) -> str:
    """The name of the database that the engine is connected to."""
    async with engine.connect() as connection:
        row = await connection.exec_driver_sql("SELECT current_database()")
        name: str = row.scalar_one()
    await engine.dispose()
    return name


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
async def test_every_form_of_address_reaches_the_server(
    postgresql: PostgresqlServer, postgresql_database: str, scheme: str
) -> None:
    """A password may hold whatever it likes, quoted as in any address."""
    assert set(PASSWORD) > set("@/: %?#")
    url = postgresql.url(postgresql_database, scheme=scheme)
    assert await answer(create_engine(url)) == postgresql_database


@pytest.mark.parametrize(
    "options",
    [
        "sslmode=disable",
        "ssl=prefer",
        "application_name=me&sslmode=allow",
        "options=-c%20search_path%3Dpublic",
    ],
)
async def test_options_in_libpq_s_form_are_followed(
    postgresql: PostgresqlServer, postgresql_database: str, options: str
) -> None:
    """As providers of databases hand them out; `ssl` is what SQLAlchemy calls sslmode."""
    url = f"{postgresql.url(postgresql_database)}?{options}"
    assert await answer(create_engine(url)) == postgresql_database


async def test_a_server_is_reached_by_its_socket(
    postgresql: PostgresqlServer, postgresql_database: str
) -> None:
    """The folder of a socket stands among the options: there is no other place for it in an address."""
    user = f"{USER}:{quote(PASSWORD, safe='')}"
    options = f"host={postgresql.folder}&port={postgresql.port}"
    assert await answer(create_engine(f"postgresql://{user}@/{postgresql_database}?{options}")) == (
        postgresql_database
    )


async def test_a_database_may_have_any_name(postgresql: PostgresqlServer) -> None:
    """Also one that has to be quoted in an address."""
    postgresql.sql('CREATE DATABASE "odd # name?"')
    try:
        assert await answer(create_engine(postgresql.url("odd%20%23%20name%3F"))) == "odd # name?"
    finally:
        postgresql.sql('DROP DATABASE "odd # name?"')


@pytest.mark.parametrize(
    "url",
    [
        "mysql+aiomysql://user:s3cret@host/db",
        "postgresql+psycopg://user:s3cret@host/db",
        "sqlite:///music.db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "not an address, s3cret",
        "postgresql+asyncpg://user:s3cret@host:port/db",
        "postgresql://user:s3cret@one:1,two:2/db",
        "",
    ],
)
async def test_an_address_that_can_not_be_used_names_the_setting(url: str) -> None:
    """One sentence that names the variable, shows an address that works, and never holds this one's password."""
    with pytest.raises(SettingsError, match=r"^DALSEGNO_DATABASE_URL .*: try .*postgresql://") as refusal:
        create_engine(url)
    assert "s3cret" not in str(refusal.value)
    with pytest.raises(SettingsError, match="DALSEGNO_DATABASE_URL"):
        await migrate(url)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("sslmode=require&channel_binding=require", "'channel_binding': take it out"),
        ("password=s3cret", "'password': take it out"),
        ("pgbouncer=true", "'pgbouncer': take it out"),
        ("sslmode=yes", "must be one of disable"),
        ("sslmode=require&sslmode=disable", "must be one of disable"),
        ("sslmode=verify-full&sslrootcert=/nowhere/root.crt", "The file that sslrootcert in"),
    ],
)
def test_an_option_that_can_not_be_followed_is_refused(options: str, said: str) -> None:
    """Leaving it aside could undo what somebody's security rests on."""
    with pytest.raises(SettingsError, match="DALSEGNO_DATABASE_URL") as refusal:
        database_address(f"postgresql://user:s3cret@host/db?{options}")
    assert said in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that is missing, and nothing of the address."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SettingsError, match="needs the package asyncpg") as refusal:
        create_engine("postgresql://user:s3cret@host/db")
    assert "s3cret" not in str(refusal.value)


def test_an_engine_shows_no_password() -> None:
    """Whoever prints it prints no secret."""
    engine = create_engine("postgresql://user:s3cret@host/db")
    assert "s3cret" not in f"{engine!r} {engine.url!r} {engine.url.render_as_string(hide_password=False)}"
