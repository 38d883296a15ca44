"""The table `music_jobs` in a database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from dalsegno.errors import InternalError
from dalsegno.ports import JobRow
from dalsegno.records.changes import check_changes, check_times, reopened
from dalsegno.records.errors import database_errors
from dalsegno.records.tables import music_jobs


class SqlJobRecords:
    """Implements `dalsegno.ports.JobRecords` on SQLite and PostgreSQL. Call `close` at the end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, row: JobRow) -> JobRow:
        """See `dalsegno.ports.JobRecords`."""
        values = asdict(row)
        check_times(values.values())
        with database_errors():
            async with self._engine.begin() as connection:
                # Writing first takes SQLite's write lock at once: reading first could end in a deadlock.
                await connection.execute(self._insert_if_new(values))
                await connection.execute(
                    _of_request(row.job_id, row.request_sha256)
                    .where(music_jobs.c.updated_at < row.updated_at)
                    .values(**reopened(row))
                )
                found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == row.job_id))
                return JobRow(**found.mappings().one())

    async def update(
        self, job_id: str, *, request_sha256: str, updated_at: datetime, changes: dict[str, Any]
    ) -> None:
        """See `dalsegno.ports.JobRecords`."""
        check_changes(changes)
        check_times([updated_at])
        statement = _of_request(job_id, request_sha256).where(music_jobs.c.updated_at <= updated_at)
        with database_errors():
            async with self._engine.begin() as connection:
                await connection.execute(statement.values(**changes, updated_at=updated_at))

    async def get(self, job_id: str) -> JobRow | None:
        """See `dalsegno.ports.JobRecords`."""
        with database_errors():
            async with self._engine.connect() as connection:
                found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == job_id))
                row = found.mappings().one_or_none()
        return None if row is None else JobRow(**row)

    async def close(self) -> None:
        """Closes all connections and ends their threads."""
        await self._engine.dispose()

    def _insert_if_new(self, values: dict[str, Any]) -> Insert:
        match self._engine.dialect.name:
            case "sqlite":
                return sqlite.insert(music_jobs).values(values).on_conflict_do_nothing()
            case "postgresql":
                return postgresql.insert(music_jobs).values(values).on_conflict_do_nothing()
            case other:
                raise InternalError(f"Records on {other} are not supported.")


def _of_request(job_id: str, request_sha256: str) -> Update:
    return update(music_jobs).where(
        music_jobs.c.job_id == job_id, music_jobs.c.request_sha256 == request_sha256
    )
