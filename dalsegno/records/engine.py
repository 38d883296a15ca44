"""Connections to the database."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dalsegno.records.address import POSTGRESQL, database_address
from dalsegno.records.postgresql import STATEMENT_SECONDS, postgresql_engine
from dalsegno.records.sqlite import open_sqlite, set_up_sqlite


def create_engine(database_url: str, *, statement_seconds: float = STATEMENT_SECONDS) -> AsyncEngine:
    """An engine for SQLite in a file or for PostgreSQL. It connects when it is first used.

    Args:
        database_url: SQLAlchemy's or libpq's form of address.
        statement_seconds: how long PostgreSQL may take for one statement; SQLite's waits are bounded by themselves.

    Raises:
        SettingsError: if the address can't be used. The sentence never holds it: there may be a password in it.
    """
    url = database_address(database_url)
    if url.drivername == POSTGRESQL:
        return postgresql_engine(url, statement_seconds)
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
