"""The schema: from nothing, again, by several at once, and the same as the tables that the code writes to."""

import asyncio
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.schema import CreateTable

from dalsegno.errors import SettingsError
from dalsegno.ports import JobRow
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords
from dalsegno.records.tables import metadata, music_jobs

CHILD = """
import asyncio, sys
from dalsegno.records.migrate import migrate
sys.stdin.readline()
print(asyncio.run(migrate(sys.argv[1])))
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database that is not there yet, nor is its folder."""
    file = tmp_path / "new" / "fol%der" / "music.db"
    return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string()


async def test_an_empty_database_gets_the_schema_once(url: str) -> None:
    """The first time applies the revisions, the second time finds nothing to do."""
    assert await migrate(url) == ["0001"]
    assert await migrate(url) == []


async def test_the_revisions_make_the_tables_that_the_code_knows(url: str) -> None:
    """No difference between what the migrations made and what the tables say."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_the_columns_are_those_of_a_row() -> None:
    """The dataclass of the port and the table have the same names, and the same that may be empty."""
    optional = {field.name for field in fields(JobRow) if field.default is None}
    assert {column.name for column in music_jobs.columns} == {field.name for field in fields(JobRow)}
    assert {column.name for column in music_jobs.columns if column.nullable} == optional


def test_postgresql_takes_the_same_tables() -> None:
    """The types become PostgreSQL's own: times with a zone, double precision, 64-bit sizes."""
    dialect = make_url("postgresql+asyncpg://").get_dialect()()
    statement = str(CreateTable(music_jobs).compile(dialect=dialect))
    assert "created_at TIMESTAMP WITH TIME ZONE NOT NULL" in statement
    assert "requested_duration_seconds DOUBLE PRECISION NOT NULL" in statement
    assert "file_size_bytes BIGINT" in statement


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1)])
async def test_sqlite_is_set_up_for_several_programs(url: str, pragma: str, value: object) -> None:
    """Readers and a writer do not wait for each other, and references between tables are checked."""
    await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
    await engine.dispose()


@pytest.mark.parametrize("repetition", range(3))
async def test_two_programs_migrate_at_once(url: str, repetition: int) -> None:
    """One does the work, the other waits and finds it done; neither fails."""
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    outputs = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    assert sorted(output.decode().strip() for output, _ in outputs) == ["['0001']", "[]", "[]"]


async def test_a_failed_migration_leaves_no_part_of_itself(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Statements on the schema are in the transaction too: all revisions, or none."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    own = Path(sys.modules[migrate.__module__].__file__ or "").parent / "migrations"
    for name in ("env.py", "versions/v0001_music_jobs.py"):
        (tmp_path / "migrations" / name).symlink_to(own / name)
    (versions / "v0002_broken.py").write_text(
        "revision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    from alembic import op\n    op.execute('CREATE TABLE half (x INT)')\n    1 / 0\n"
    )
    monkeypatch.setattr("dalsegno.records.migrate.MIGRATIONS", tmp_path / "migrations")
    with pytest.raises(ZeroDivisionError):
        await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        tables = await connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        assert tables.all() == []
    await engine.dispose()


async def test_a_database_without_the_schema_says_what_to_do(url: str) -> None:
    """Forgotten migrations are not a database that is away: no waiting, one sentence."""
    Path(make_url(url).database or "").parent.mkdir(parents=True)
    database = Database(create_engine(url))
    records = SqlJobRecords(database)
    with pytest.raises(SettingsError, match="run `dalsegno migrate`"):
        await records.get("job-1")
    await database.close()
