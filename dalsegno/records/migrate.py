"""Brings a database's schema up to this version."""

from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from dalsegno.records.address import database_address
from dalsegno.records.engine import create_engine
from dalsegno.records.errors import VARIABLE, DatabaseSetupError, database_errors
from dalsegno.records.sqlite import BEGIN
from dalsegno.records.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
# Whoever migrates holds PostgreSQL's advisory lock of this number: any number does, as long as it stays.
_LOCK = 7_236_190_514
# How long PostgreSQL may take for one statement on the schema, the wait for another's migration included, in seconds.
_STATEMENT_SECONDS = 600.0


async def migrate(database_url: str) -> list[str]:
    """Applies the revisions that the database lacks, all or none.

    The folder of an SQLite file is made if need be. Several programs may migrate at the same time: one does
    the work, the others wait for it.

    Returns:
        The revisions that were applied, in order.

    Raises:
        SettingsError: if the address is wrong.
        DatabaseUnavailable: if the database does not answer.
        DatabaseSetupError: if it refuses, is newer than this program, or holds another's tables.
    """
    url = database_address(database_url)
    applied: list[str] = []
    with database_errors():
        if url.get_backend_name() == "sqlite":
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(database_url, statement_seconds=_STATEMENT_SECONDS)
        try:
            async with engine.connect() as plain:
                # The write lock comes first, so that nobody decides by a schema that another is changing.
                connection = await plain.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
                async with connection.begin():
                    await connection.run_sync(partial(_upgrade, applied=applied))
        finally:
            await engine.dispose()
    return applied


def _upgrade(connection: Connection, applied: list[str]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def note(*, step: MigrationInfo, **_: object) -> None:
        applied.append(str(step.up_revision_id))

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, note=note)
    _check_whose(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _check_whose(connection: Connection, history: ScriptDirectory) -> None:
    """Refuses a schema that this program's revisions do not lead on from."""
    found = set(MigrationContext.configure(connection).get_current_heads())
    if newer := found - {each.revision for each in history.walk_revisions()}:
        raise DatabaseSetupError(
            f"The database is newer than this program (revision {', '.join(sorted(newer))}): "
            "install the version that migrated it, or a later one."
        )
    if not found and (taken := metadata.tables.keys() & inspect(connection).get_table_names()):
        raise DatabaseSetupError(
            f"The database that {VARIABLE} names has a table {min(taken)} that this program has not made: "
            "name another database."
        )
