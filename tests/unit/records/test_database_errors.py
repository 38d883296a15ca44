"""What goes wrong with a database, told in the product's own terms."""

import asyncio
import gc
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLCertVerificationError, SSLEOFError

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from dalsegno.errors import DatabaseUnavailable, InternalError, SettingsError
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.errors import DatabaseSetupError, database_error, database_errors
from dalsegno.records.migrate import migrate
from dalsegno.records.repository import SqlJobRecords

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def test_a_writer_that_never_ends_makes_the_database_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock held by another program is waited for, then reported as temporary; reading goes on meanwhile."""
    monkeypatch.setattr("dalsegno.records.sqlite.BUSY_SECONDS", 0.05)
    file = tmp_path / "music.db"
    await migrate(f"sqlite+aiosqlite:///{file}")
    database = Database(create_engine(f"sqlite+aiosqlite:///{file}"))
    records = SqlJobRecords(database)
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="another program"):
        await records.update("j", request_sha256="x", updated_at=NOW, changes={"step": "x"})
    assert await records.get("j") is None
    blocker.execute("ROLLBACK")
    await records.update("j", request_sha256="x", updated_at=NOW, changes={"step": "x"})
    blocker.close()
    await database.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """It is neither overwritten nor waited for."""
    file = tmp_path / "music.db"
    file.write_bytes(b"This is a letter to my aunt. " * 200)
    with pytest.raises(DatabaseSetupError, match="no database"):
        await migrate(f"sqlite+aiosqlite:///{file}")
    assert file.read_bytes().startswith(b"This is a letter")


async def test_a_folder_that_is_missing_is_named_as_the_cause(tmp_path: Path) -> None:
    """The repository does not make folders: that is the migration's."""
    database = Database(create_engine(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'music.db'}"))
    records = SqlJobRecords(database)
    with pytest.raises(DatabaseUnavailable, match="can't be opened"):
        await records.get("j")
    await database.close()


async def test_closing_ends_all_threads(tmp_path: Path) -> None:
    """Also after an operation was cancelled in its midst: no thread, no open connection stays."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'music.db'}"
    before = set(threading.enumerate())
    await migrate(url)
    database = Database(create_engine(url))
    records = SqlJobRecords(database)
    for turns in range(6):
        task = asyncio.create_task(records.get("j"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await database.close()
    gc.collect()  # an open connection would warn, and a warning is an error
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()


class _Refusal(Exception):  # noqa: N818  # what drivers of PostgreSQL raise: an exception with a code
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__('password authentication failed for user "s3cret"')
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "kind", "sentence"),
    [
        ("42P01", DatabaseSetupError, "run `dalsegno migrate`"),
        ("42703", DatabaseSetupError, "run `dalsegno migrate`"),
        ("28P01", DatabaseSetupError, "user or password"),
        ("28000", DatabaseSetupError, "pg_hba.conf"),
        ("3D000", DatabaseSetupError, "no such database"),
        ("42501", DatabaseSetupError, "give this user the right"),
        ("55000", DatabaseSetupError, "ALLOW_CONNECTIONS true"),
        ("55P03", DatabaseUnavailable, "is locked"),
        ("26000", DatabaseUnavailable, "a pooler"),
        ("42P05", DatabaseUnavailable, "a pooler"),
        ("08006", DatabaseUnavailable, "connection was lost"),
        ("57P01", DatabaseUnavailable, "stopped or started"),
        ("57P03", DatabaseUnavailable, "stopped or started"),
        ("53300", DatabaseUnavailable, "no connection left"),
        ("40001", DatabaseUnavailable, "another transaction"),
        ("25006", DatabaseUnavailable, "no writes"),
        ("22021", InternalError, "refuses what it was given"),
        (None, InternalError, "refuses what it was given"),
    ],
)
def test_postgresql_s_codes_decide(sqlstate: str | None, kind: type[Exception], sentence: str) -> None:
    """The class comes from the code alone, and the server's own text goes nowhere."""
    error = database_error(ProgrammingError("SELECT 1", None, _Refusal(sqlstate)))
    assert type(error) is kind
    assert sentence in str(error)
    assert "s3cret" not in str(error)


def test_a_connection_that_was_lost_is_temporary_whatever_its_code() -> None:
    """The driver says that the connection is gone: the statement is not to blame."""
    lost = DBAPIError("SELECT 1", None, _Refusal(None), connection_invalidated=True)
    assert type(database_error(lost)) is DatabaseUnavailable
    assert type(database_error(OperationalError("SELECT 1", None, _Refusal(None)))) is DatabaseUnavailable


def test_a_certificate_that_is_not_trusted_needs_a_person() -> None:
    """It would not be trusted the next time either; other faults of a connection may pass."""
    with (
        pytest.raises(DatabaseSetupError, match="set sslrootcert in DALSEGNO_DATABASE_URL"),
        database_errors(),
    ):
        raise SSLCertVerificationError
    with pytest.raises(DatabaseUnavailable), database_errors():
        raise SSLEOFError


def test_a_setup_error_is_permanent_in_a_job() -> None:
    """At a program's start it is a wrong setting; a job that meets it fails at once, under a known type."""
    assert issubclass(DatabaseSetupError, SettingsError)
    assert DatabaseSetupError.failure_type() == "InternalError"
