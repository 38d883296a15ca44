"""The table `music_jobs` in a database."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Insert, Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from dalsegno.errors import InternalError
from dalsegno.ports import JobRow
from dalsegno.records.changes import COMPLETED, MOST_ROWS, check_changes, check_times, reopened
from dalsegno.records.errors import database_errors
from dalsegno.records.tables import music_jobs

Result = TypeVar("Result")


class SqlJobRecords:
    """Implements `dalsegno.ports.JobRecords` on SQLite and PostgreSQL. Call `close` at the end.

    What has begun is brought to its end when the caller is cancelled: a connection that is torn down in the midst
    leaves a thread or a socket behind. All writes are idempotent and ordered, so a late one harms nobody.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._under_way: set[asyncio.Task[Any]] = set()

    async def open(self, row: JobRow) -> JobRow:
        """See `dalsegno.ports.JobRecords`."""
        check_times(asdict(row).values())
        return await self._to_its_end(self._open(row))

    async def update(
        self, job_id: str, *, request_sha256: str, updated_at: datetime, changes: dict[str, Any]
    ) -> None:
        """See `dalsegno.ports.JobRecords`."""
        check_changes(changes)
        check_times([updated_at])
        statement = _of_request(job_id, request_sha256).where(music_jobs.c.updated_at <= updated_at)
        await self._to_its_end(self._write(statement.values(**changes, updated_at=updated_at)))

    async def get(self, job_id: str) -> JobRow | None:
        """See `dalsegno.ports.JobRecords`."""
        return await self._to_its_end(self._get(job_id))

    async def with_status(self, status: str, *, before: datetime) -> list[JobRow]:
        """See `dalsegno.ports.JobRecords`."""
        check_times([before])
        return await self._to_its_end(self._with_status(status, before))

    async def close(self) -> None:
        """Waits for what is under way, closes all connections and ends their threads."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._engine.dispose()

    async def _to_its_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _open(self, row: JobRow) -> JobRow:
        takeover = _of_request(row.job_id, row.request_sha256).where(
            music_jobs.c.updated_at < row.updated_at, music_jobs.c.status != COMPLETED
        )
        with database_errors():
            async with self._engine.begin() as connection:
                # Writing first takes SQLite's write lock at once: reading first could end in a deadlock.
                await connection.execute(self._insert_if_new(row))
                await connection.execute(takeover.values(**reopened(row)))
                found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == row.job_id))
                return JobRow(**found.mappings().one())

    async def _write(self, statement: Update) -> None:
        with database_errors():
            async with self._engine.begin() as connection:
                await connection.execute(statement)

    async def _get(self, job_id: str) -> JobRow | None:
        with database_errors():
            async with self._engine.connect() as connection:
                found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == job_id))
                row = found.mappings().one_or_none()
                return None if row is None else JobRow(**row)

    async def _with_status(self, status: str, before: datetime) -> list[JobRow]:
        statement = (
            select(music_jobs)
            .where(music_jobs.c.status == status, music_jobs.c.updated_at < before)
            .order_by(music_jobs.c.updated_at)
            .limit(MOST_ROWS)
        )
        with database_errors():
            async with self._engine.connect() as connection:
                found = await connection.execute(statement)
                return [JobRow(**row) for row in found.mappings()]

    def _insert_if_new(self, row: JobRow) -> Insert:
        match self._engine.dialect.name:
            case "sqlite":
                return sqlite.insert(music_jobs).values(asdict(row)).on_conflict_do_nothing()
            case "postgresql":
                return postgresql.insert(music_jobs).values(asdict(row)).on_conflict_do_nothing()
            case other:
                raise InternalError(f"Records on {other} are not supported.")


def _of_request(job_id: str, request_sha256: str) -> Update:
    return update(music_jobs).where(
        music_jobs.c.job_id == job_id, music_jobs.c.request_sha256 == request_sha256
    )
