"""What tells one database from another."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from dalsegno.errors import SettingsError
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from tests.support.postgresql import PostgresqlServer


async def identity_of(url: str) -> str:
    """The identity of a database with the schema."""
    database = Database(create_engine(url))
    try:
        return await database.identity()
    finally:
        await database.close()


async def run(url: str, statement: str) -> None:
    """Runs a statement as somebody might by hand."""
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def test_it_stays_when_the_database_is_migrated_again(url: str) -> None:
    """However often, and by whatever version: workers ask for it for years."""
    await migrate(url)
    first = await identity_of(url)
    await migrate(url)
    assert await identity_of(url) == first


async def test_two_databases_have_two(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> None:
    """Of either kind, and of the same kind too."""
    urls = [sqlite_url, postgresql_url, f"sqlite+aiosqlite:///{tmp_path}/other.db"]
    for url in urls:
        await migrate(url)
    assert len({await identity_of(url) for url in urls}) == len(urls)


async def test_a_copy_of_a_file_has_the_same(tmp_path: Path) -> None:
    """Made as the documentation says: who restores it goes on with the same database."""
    await migrate(f"sqlite+aiosqlite:///{tmp_path}/music.db")
    connection = sqlite3.connect(tmp_path / "music.db")
    connection.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    connection.close()
    identities = [
        await identity_of(f"sqlite+aiosqlite:///{tmp_path}/{name}.db") for name in ("music", "backup")
    ]
    assert identities[0] == identities[1]


async def test_a_copy_in_postgresql_has_the_same(
    postgresql: PostgresqlServer, postgresql_database: str
) -> None:
    """Under another name, as a restored one may be."""
    await migrate(postgresql.url(postgresql_database))
    original = await identity_of(postgresql.url(postgresql_database))
    copy = f"{postgresql_database}_copy"
    postgresql.sql(f"CREATE DATABASE {copy} TEMPLATE {postgresql_database}")
    try:
        assert await identity_of(postgresql.url(copy)) == original
    finally:
        postgresql.sql(f"DROP DATABASE {copy}")


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("DELETE FROM database_identity", 0),
        ("INSERT INTO database_identity VALUES ('that of a loaded copy')", 2),
    ],
)
async def test_without_one_or_with_several_a_person_is_needed(url: str, statement: str, rows: int) -> None:
    """It can't be told then which database this is."""
    await migrate(url)
    await run(url, statement)
    with pytest.raises(SettingsError, match=f"table database_identity has {rows} rows"):
        await identity_of(url)
