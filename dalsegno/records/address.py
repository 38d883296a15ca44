"""The address of a database, in the forms in which people have it."""

import os

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dalsegno.errors import SettingsError
from dalsegno.records.errors import VARIABLE

SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+asyncpg"
# Of PostgreSQL's drivers asyncpg is the one that gives the code of a refused connection: without it a wrong
# password could not be told from a server that is away. So an address that names no driver means this one.
_DRIVERS = {SQLITE: SQLITE, POSTGRESQL: POSTGRESQL, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
_EXAMPLES = "try sqlite+aiosqlite:////path/to/music.db or postgresql://user:password@host/database."

# What may follow the question mark, by libpq's names ("Parameter Key Words" in PostgreSQL's manual), as far as the
# driver knows them; `ssl` is SQLAlchemy's name for `sslmode`.
_FILES = {"sslcert", "sslkey", "sslrootcert"}
_OPTIONS = {"application_name", "host", "options", "port", "sslmode"} | _FILES
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def database_address(database_url: str) -> URL:
    """The address, parsed and found usable, with the driver that serves it.

    Raises:
        SettingsError: if it is none, names another database, one in memory, another driver, or an option that can't
            be followed. The sentence never holds the address: there may be a password in it.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise SettingsError(f"{VARIABLE} is not a database address: {_EXAMPLES}") from None
    if url.drivername not in _DRIVERS:
        raise SettingsError(f"{VARIABLE} must begin with {SQLITE}:// or postgresql://: {_EXAMPLES}")
    url = url.set(drivername=_DRIVERS[url.drivername])
    if url.drivername == POSTGRESQL:
        return _with_options(url)
    if url.database in {None, "", ":memory:"}:
        raise SettingsError(f"{VARIABLE} must name a file: {_EXAMPLES}")
    return url


def _with_options(url: URL) -> URL:
    options = dict(url.query)
    if "ssl" in options:
        options["sslmode"] = options.pop("ssl")
    if unknown := sorted(options.keys() - _OPTIONS):
        # An option that is left aside might be one that somebody's security rests on.
        known = ", ".join(sorted(_OPTIONS))
        raise SettingsError(
            f"{VARIABLE} has an option that can't be followed, {unknown[0]!r}: take it out; there are {known}."
        )
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise SettingsError(f"The sslmode in {VARIABLE} must be one of {', '.join(_SSL_MODES)}.")
    for name in sorted(options.keys() & _FILES):
        if not os.access(str(options[name]), os.R_OK):
            raise SettingsError(f"The file that {name} in {VARIABLE} names can't be read.")
    return url.set(query=options)
