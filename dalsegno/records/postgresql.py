"""How PostgreSQL is connected to."""

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dalsegno.errors import SettingsError
from dalsegno.records.address import POSTGRESQL
from dalsegno.records.errors import VARIABLE

# A connection, and a statement of the repositories, take milliseconds. Where one takes this long, in seconds, the
# server hangs or the network swallows what is sent: the step has to hear of it before its own time-out.
CONNECT_SECONDS = 4.0
STATEMENT_SECONDS = 4.0


def postgresql_engine(url: URL, statement_seconds: float) -> AsyncEngine:
    """An engine for a server. It connects when it is first used.

    Args:
        url: an address that `database_address` has found usable.
        statement_seconds: how long one statement may take, waits for locks included.

    Raises:
        SettingsError: if the driver is not installed.
    """
    try:
        return create_async_engine(
            f"{POSTGRESQL}://",
            # The driver reads the address itself: it knows libpq's options.
            connect_args={
                "dsn": url.set(drivername="postgresql").render_as_string(hide_password=False),
                "timeout": CONNECT_SECONDS,
                "command_timeout": statement_seconds,
                # No statement is kept prepared on the server under a name. A pooler that hands out servers by the
                # transaction (PgBouncer, or a provider's own) would have it on another server than the one that it
                # is then asked of; and a migration that runs beside the worker would make what is kept invalid.
                # Each statement is parsed anew instead, which a job with its few rows does not feel.
                "statement_cache_size": 0,
                "prepared_statement_cache_size": 0,
            },
            hide_parameters=True,
            pool_size=5,
            max_overflow=5,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,  # a server that was restarted costs a new connection, not a failed statement
            pool_recycle=1_800,
        )
    except ModuleNotFoundError as error:
        raise SettingsError(f"{VARIABLE} needs the package {error.name}: install it.") from None
