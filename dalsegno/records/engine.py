"""Connections to the database."""

from functools import partial

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dalsegno.errors import SettingsError
from dalsegno.records.errors import VARIABLE
from dalsegno.records.sqlite import open_sqlite, set_up_sqlite

# Of PostgreSQL's drivers asyncpg is the one that gives the code of a refused connection: without it a wrong
# password could not be told from a server that is away.
SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")
_EXAMPLES = "try sqlite+aiosqlite:////path/to/music.db or postgresql+asyncpg://user:password@host/database."


def create_engine(database_url: str) -> AsyncEngine:
    """An engine for SQLite in a file or for PostgreSQL. It connects when it is first used.

    Raises:
        SettingsError: if the address is none, names another database, one in memory, or a driver that is not
            installed. The sentence never holds the address: there may be a password in it.
    """
    url = database_address(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            async_creator=partial(open_sqlite, str(url.database)),
            hide_parameters=True,
            pool_size=2,
            max_overflow=2,
            pool_timeout=10,
        )
        set_up_sqlite(engine)
        return engine
    try:
        return create_async_engine(
            url,
            hide_parameters=True,
            pool_size=5,
            max_overflow=5,
            pool_timeout=10,
            pool_pre_ping=True,  # a server that was restarted costs a new connection, not a failed statement
            pool_recycle=1_800,
        )
    except ModuleNotFoundError as error:
        raise SettingsError(f"{VARIABLE} needs the package {error.name}: install it.") from None


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
        raise SettingsError(f"{VARIABLE} must begin with {' or '.join(SCHEMES)}: {_EXAMPLES}")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsError(f"{VARIABLE} must name a file: {_EXAMPLES}")
    return url
