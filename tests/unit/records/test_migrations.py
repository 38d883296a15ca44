"""The schema: from nothing and from every earlier one, again, and the same as the tables that the code writes to."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    insert,
    inspect,
    select,
    text,
)

from dalsegno.errors import SettingsError
from dalsegno.ports import JobRow
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.errors import DatabaseSetupError
from dalsegno.records.migrate import MIGRATIONS, migrate
from dalsegno.records.repository import SqlJobRecords
from dalsegno.records.tables import metadata, music_jobs

Result = TypeVar("Result")

# Each revision is the file `versions/vNNNN_….py`: a new one is tested as soon as it is there.
FILES = sorted((MIGRATIONS / "versions").glob("v*.py"))
REVISIONS = [file.name[1:5] for file in FILES]


async def asked(url: str, question: Callable[[Connection], Result]) -> Result:
    """What a connection of its own says, in a transaction."""
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Lets this program have only the first revisions, and after them one of the test's own."""

    def have(count: int, own: str = "") -> None:
        versions = tmp_path / f"migrations-{count}" / "versions"
        versions.mkdir(parents=True)
        (versions.parent / "env.py").symlink_to(MIGRATIONS / "env.py")
        for file in FILES[:count]:
            (versions / file.name).symlink_to(file)
        if own:
            (versions / "v9999_own.py").write_text(
                f"revision, down_revision = '9999', '{REVISIONS[count - 1]}'\n{own}"
            )
        monkeypatch.setattr("dalsegno.records.migrate.MIGRATIONS", versions.parent)

    return have


def value_for(column: Column[Any], number: int) -> object:
    """Something that the column takes; another number gives something else."""
    match column.type:
        case DateTime():
            return datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(hours=number)
        case Float():
            return number + 0.5
        case Integer():
            return number
        case LargeBinary():
            return bytes([number])
        case _:
            return f"{column.name} {number}"[: getattr(column.type, "length", None)]


def fill(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Two rows in every table, each column set in the first one; what is read back."""
    there = MetaData()
    there.reflect(connection)
    written = {}
    for table in there.sorted_tables:
        if table.name == "alembic_version":
            continue
        full = {column.name: value_for(column, 1) for column in table.columns}
        bare = {column.name: value_for(column, 2) for column in table.columns if not column.nullable}
        connection.execute(insert(table).values(full))
        connection.execute(insert(table).values(bare))
        written[table.name] = [tuple(row) for row in connection.execute(select(table))]
    return written


def read_again(connection: Connection, written: dict[str, list[tuple[Any, ...]]]) -> object:
    """The same columns of the same tables: an upgrade adds new ones behind them."""
    there = MetaData()
    there.reflect(connection)
    return {
        name: [tuple(row)[: len(rows[0])] for row in connection.execute(select(there.tables[name]))]
        for name, rows in written.items()
    }


async def test_an_empty_database_gets_the_schema_once(url: str) -> None:
    """The first time applies the revisions, the second time finds nothing to do."""
    assert await migrate(url) == REVISIONS
    assert await migrate(url) == []


async def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    """The embedded stack begins with an empty home."""
    url = f"sqlite+aiosqlite:///{tmp_path}/new/home/music.db"
    assert await migrate(url) == REVISIONS


@pytest.mark.parametrize("count", range(1, len(FILES) + 1), ids=REVISIONS)
async def test_every_earlier_schema_is_upgraded_with_the_data_in_it(
    url: str, count: int, only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is applied, nothing that was written is lost or changed, and the code can go on with it."""
    only(count)
    assert await migrate(url) == REVISIONS[:count]
    written = await asked(url, fill)
    assert written
    monkeypatch.undo()
    assert await migrate(url) == REVISIONS[count:]
    assert await asked(url, lambda connection: read_again(connection, written)) == written
    database = Database(create_engine(url))
    row = await SqlJobRecords(database).get("job_id 1")
    assert row
    assert row.created_at == datetime(2026, 11, 23, 13, tzinfo=UTC)
    await database.close()


async def test_the_revisions_make_the_tables_that_the_code_knows(url: str) -> None:
    """No difference between what the migrations made and what the tables say."""
    await migrate(url)
    differences = await asked(
        url, lambda connection: list(compare_metadata(MigrationContext.configure(connection), metadata))
    )
    assert differences == []


def test_the_columns_are_those_of_a_row() -> None:
    """The dataclass of the port and the table have the same names, and the same that may be empty."""
    optional = {field.name for field in fields(JobRow) if field.default is None}
    assert {column.name for column in music_jobs.columns} == {field.name for field in fields(JobRow)}
    assert {column.name for column in music_jobs.columns if column.nullable} == optional


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1)])
async def test_sqlite_is_set_up_for_several_programs(sqlite_url: str, pragma: str, value: object) -> None:
    """Readers and a writer do not wait for each other, and references between tables are checked."""
    await migrate(sqlite_url)
    assert await asked(sqlite_url, lambda connection: connection.scalar(text(f"PRAGMA {pragma}"))) == value


async def test_a_failed_migration_leaves_no_part_of_itself(url: str, only: Callable[..., None]) -> None:
    """Statements on the schema are in the transaction too: all revisions, or none."""
    only(
        len(FILES),
        "def upgrade():\n    from alembic import op\n    op.execute('CREATE TABLE half (x INT)')\n    1 / 0\n",
    )
    with pytest.raises(ZeroDivisionError):
        await migrate(url)
    assert await asked(url, lambda connection: inspect(connection).get_table_names()) == []


async def test_a_database_that_is_newer_than_the_program_is_refused(
    url: str, only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes a schema back by accident. Workers of the older version go on: revisions only add."""
    only(
        len(FILES),
        "def upgrade():\n    from alembic import op\n    op.execute('CREATE TABLE later (x INT)')\n",
    )
    await migrate(url)
    monkeypatch.undo()
    with pytest.raises(
        SettingsError, match=r"newer than this program \(revision 9999\): install the version"
    ):
        await migrate(url)
    database = Database(create_engine(url))
    await database.check()
    await database.close()


async def test_a_database_of_somebody_else_is_not_migrated(url: str) -> None:
    """A table of the same name that this program has not made is left as it is."""
    await asked(url, lambda connection: connection.execute(text("CREATE TABLE music_jobs (x INT)")))
    with pytest.raises(SettingsError, match="a table music_jobs that this program has not made"):
        await migrate(url)
    assert await asked(url, lambda connection: inspect(connection).get_table_names()) == ["music_jobs"]


async def test_a_database_without_the_schema_says_what_to_do(url: str) -> None:
    """Forgotten migrations are not a database that is away: no waiting, one sentence."""
    database = Database(create_engine(url))
    with pytest.raises(DatabaseSetupError, match="run `dalsegno migrate`"):
        await SqlJobRecords(database).get("job-1")
    with pytest.raises(DatabaseSetupError, match="run `dalsegno migrate`"):
        await database.check()
    await database.close()


@pytest.mark.parametrize("table", metadata.tables)
async def test_each_table_is_missed_when_a_worker_starts(url: str, table: str) -> None:
    """Not only when the first job comes to need it."""
    await migrate(url)
    database = Database(create_engine(url))
    await database.check()
    await asked(url, lambda connection: connection.execute(text(f"DROP TABLE {table}")))
    with pytest.raises(DatabaseSetupError, match="run `dalsegno migrate`"):
        await database.check()
    await database.close()
