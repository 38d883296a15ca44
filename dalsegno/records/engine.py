"""Connections to the database."""

from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from dalsegno.errors import SettingsError
from dalsegno.records.errors import VARIABLE

SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg", "postgresql+psycopg")
# How long a statement waits for another writer, in milliseconds: longer than any transaction here lasts, and
# shorter than the time-out of the activities that write.
SQLITE_BUSY_MS = 5_000
# The execution option by which a transaction on SQLite begins in another way than reading first.
SQLITE_BEGIN = "sqlite_begin"


def create_engine(database_url: str) -> AsyncEngine:
    """An engine for SQLite in a file or for PostgreSQL. It connects when it is first used.

    Raises:
        SettingsError: if the address is none, names another database, one in memory, or a driver that is not
            installed. The sentence never holds the address: there may be a password in it.
    """
    url = database_address(database_url)
    try:
        engine = create_async_engine(url, hide_parameters=True, **_pool(url))
    except ModuleNotFoundError as error:
        raise SettingsError(f"{VARIABLE} needs the package {error.name}: install it.") from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_on_sqlite)
    return engine


def database_address(database_url: str) -> URL:
    """The address, parsed and found usable.

    Raises:
        SettingsError: if it is not.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise SettingsError(f"{VARIABLE} is not a database address: {_EXAMPLES}") from None
    if url.drivername not in SCHEMES:
        raise SettingsError(f"{VARIABLE} must begin with {', '.join(SCHEMES)}: {_EXAMPLES}")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsError(f"{VARIABLE} must name a file: {_EXAMPLES}")
    return url


_EXAMPLES = "try sqlite+aiosqlite:////path/to/music.db or postgresql+asyncpg://user:password@host/database."


def _pool(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"pool_size": 2, "max_overflow": 2, "pool_timeout": 10}
    return {
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 10,
        "pool_pre_ping": True,  # a server that was restarted costs a new connection, not a failed statement
        "pool_recycle": 1_800,
    }


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would leave statements on the schema outside.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(SQLITE_BEGIN, "BEGIN"))
