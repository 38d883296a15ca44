"""How SQLite is opened, and how transactions begin on it."""

import asyncio

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

# How long a statement waits for another writer, in seconds: longer than any transaction here lasts, and shorter
# than the time-out of the activities that write.
BUSY_SECONDS = 5.0
# The execution option by which a transaction begins otherwise than by its first statement.
BEGIN = "sqlite_begin"


async def open_sqlite(file: str) -> aiosqlite.Connection:
    """Opens a database file, making it if need be."""
    # Left to itself the driver would begin transactions, and leave statements on the schema outside of them.
    connection = aiosqlite.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    thread = connection._thread  # noqa: SLF001  # there is no other way to wait for it
    thread.daemon = True
    try:
        return await connection
    except BaseException:
        # The thread tells the event loop that it has ended: the loop has to be there still.
        await asyncio.to_thread(thread.join)
        raise


def set_up_sqlite(engine: AsyncEngine) -> None:
    """Makes the engine's connections safe among several programs, and its transactions whole."""
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)


def _set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))
