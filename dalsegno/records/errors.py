"""What a database's errors mean to users: one table of codes, nothing read out of messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import (
    SQLITE_AUTH,
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_ERROR,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_LOCKED,
    SQLITE_NOTADB,
    SQLITE_PERM,
    SQLITE_READONLY,
)
from ssl import SSLCertVerificationError

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dalsegno.errors import DatabaseUnavailable, InternalError, SettingsError

VARIABLE = "DALSEGNO_DATABASE_URL"


class DatabaseSetupError(InternalError, SettingsError):
    """The database needs a person first: its schema, its address or a right is wrong.

    At the start of a program it is a SettingsError; within a job it is permanent, as an InternalError.
    """


_MIGRATE = "The database has not the tables of this version: run `dalsegno migrate`."
_NOT_A_DATABASE = f"The file that {VARIABLE} names is damaged or no database: name another, or restore it."
_NO_RIGHT = f"The database that {VARIABLE} names can't be written: give this user the right to."
_PASSWORD = f"The database refuses user or password: set them in {VARIABLE}."
_NOT_FROM_HERE = (
    f"The database does not let this user in from here: set another user or sslmode in {VARIABLE}, "
    "or let it in by the server's pg_hba.conf."
)
_CERTIFICATE = (
    f"The database's certificate can't be trusted: set sslrootcert in {VARIABLE} to its signer's certificate."
)
_OPTION = f"An option of {VARIABLE} can't be followed: check sslmode and the files that it needs."
_NO_DATABASE = f"The server has no such database as {VARIABLE} names: create it, or name another."
_NOBODY_MAY = (
    f"The database that {VARIABLE} names takes no connections: "
    "allow them (ALTER DATABASE … ALLOW_CONNECTIONS true), or name another."
)

# SQLite's primary result codes.
_SQLITE_UNAVAILABLE = {
    SQLITE_BUSY: "another program has been writing to it for too long",
    SQLITE_LOCKED: "another task has been writing to it for too long",
    SQLITE_FULL: "its disk is full: free some space",
    SQLITE_IOERR: "its disk fails or is full: check it, and free some space",
    SQLITE_CANTOPEN: f"its file can't be opened: check that the folder in {VARIABLE} exists",
}
_SQLITE_MISCONFIGURED = {
    SQLITE_ERROR: _MIGRATE,
    SQLITE_NOTADB: _NOT_A_DATABASE,
    SQLITE_CORRUPT: _NOT_A_DATABASE,
    SQLITE_PERM: _NO_RIGHT,
    SQLITE_READONLY: _NO_RIGHT,
    SQLITE_AUTH: _NO_RIGHT,
}
# PostgreSQL's SQLSTATE.
_POSTGRESQL_MISCONFIGURED = {
    "42P01": _MIGRATE,  # undefined_table
    "42703": _MIGRATE,  # undefined_column
    "42501": _NO_RIGHT,  # insufficient_privilege
    "28000": _NOT_FROM_HERE,  # invalid_authorization_specification
    "28P01": _PASSWORD,  # invalid_password
    "3D000": _NO_DATABASE,  # invalid_catalog_name
    "55000": _NOBODY_MAY,  # object_not_in_prerequisite_state
}
_POOLER = "a pooler before it mixes up sessions (if it stays so, let it pool them as a whole)"
# PostgreSQL's SQLSTATE, or its class, after which the same statement may succeed.
_POSTGRESQL_UNAVAILABLE = {
    "08": "the connection was lost",
    "25": "it takes no writes at present",  # a standby, during a failover
    "26000": _POOLER,  # invalid_sql_statement_name: a prepared statement is unknown there
    "40": "another transaction was in the way",
    "42P05": _POOLER,  # duplicate_prepared_statement
    "53": "it has no room or no connection left",
    "55": "what is needed is locked",
    "57": "it is being stopped or started",
    "58": "its disk does not answer",
}
_NO_ANSWER = f"no connection could be had (if it stays so, check host, port and sslmode in {VARIABLE})"


@contextmanager
def database_errors() -> Iterator[None]:
    """Turns errors of SQLAlchemy and the drivers into errors of `dalsegno.errors`.

    Raises:
        DatabaseUnavailable: if trying again can help.
        DatabaseSetupError: if a person has to set something first.
        InternalError: otherwise.
    """
    try:
        yield
    except DBAPIError as error:
        raise database_error(error) from error
    except SSLCertVerificationError as error:
        raise DatabaseSetupError(_CERTIFICATE) from error
    except (PoolTimeoutError, OSError) as error:  # a driver that can't connect may raise OSError as it is
        raise _unavailable(_NO_ANSWER) from error
    except SQLAlchemyError as error:
        raise InternalError(f"The database could not be asked: {type(error).__name__}.") from error


def database_error(error: DBAPIError) -> DatabaseUnavailable | InternalError:
    """The error's meaning, by the code that the driver gives; without one, by its class."""
    if (meaning := _meaning_of_code(error.orig)) is not None:
        return meaning
    if isinstance(error, InterfaceError) and isinstance(getattr(error.orig, "orig", None), ValueError):
        return DatabaseSetupError(_OPTION)  # what asyncpg calls a ClientConfigurationError
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return _unavailable(_NO_ANSWER)
    return InternalError(f"The database refuses what it was given: {type(error).__name__}.")


def _meaning_of_code(error: BaseException | None) -> DatabaseUnavailable | DatabaseSetupError | None:
    result_code, state = getattr(error, "sqlite_errorcode", None), getattr(error, "sqlstate", None)
    if result_code is not None:
        primary = result_code & 0xFF
        reason, sentence = _SQLITE_UNAVAILABLE.get(primary), _SQLITE_MISCONFIGURED.get(primary)
    elif state is not None:
        reason = _POSTGRESQL_UNAVAILABLE.get(state) or _POSTGRESQL_UNAVAILABLE.get(state[:2])
        sentence = _POSTGRESQL_MISCONFIGURED.get(state)
    else:
        return None
    if sentence:
        return DatabaseSetupError(sentence)
    return _unavailable(reason) if reason else None


def _unavailable(reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"The database does not answer: {reason}.")
