"""The table `music_jobs` in a database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, or_, select, update

from dalsegno.ports import JobRow, RowPlace
from dalsegno.records.changes import COMPLETED, check_changes, check_times, reopened
from dalsegno.records.database import Database
from dalsegno.records.tables import music_jobs


class SqlJobRecords:
    """Implements `dalsegno.ports.JobRecords` on SQLite and PostgreSQL. All writes are idempotent and ordered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, row: JobRow) -> JobRow:
        """See `dalsegno.ports.JobRecords`."""
        check_times(asdict(row).values())
        return await self._database.to_its_end(self._open(row))

    async def update(
        self, job_id: str, *, request_sha256: str, updated_at: datetime, changes: dict[str, Any]
    ) -> None:
        """See `dalsegno.ports.JobRecords`."""
        check_changes(changes)
        check_times([updated_at])
        statement = _of_request(job_id, request_sha256).where(music_jobs.c.updated_at <= updated_at)
        await self._database.to_its_end(self._write(statement.values(**changes, updated_at=updated_at)))

    async def get(self, job_id: str) -> JobRow | None:
        """See `dalsegno.ports.JobRecords`."""
        return await self._database.to_its_end(self._get(job_id))

    async def with_status(
        self, status: str, *, before: datetime, after: RowPlace | None = None, limit: int = 1_000
    ) -> list[JobRow]:
        """See `dalsegno.ports.JobRecords`."""
        check_times([before, *(after or ())])
        written_at, job_id = music_jobs.c.updated_at, music_jobs.c.job_id
        statement = (
            select(music_jobs)
            .where(music_jobs.c.status == status, written_at < before)
            .order_by(written_at, job_id)
            .limit(limit)
        )
        if after:
            # The first condition is one that the index can answer; the second is about rows of the same moment.
            statement = statement.where(
                written_at >= after.updated_at, or_(written_at > after.updated_at, job_id > after.job_id)
            )
        return await self._database.to_its_end(self._read(statement))

    async def _open(self, row: JobRow) -> JobRow:
        takeover = _of_request(row.job_id, row.request_sha256).where(
            music_jobs.c.updated_at < row.updated_at, music_jobs.c.status != COMPLETED
        )
        async with self._database.writing() as connection:
            # Writing first takes SQLite's write lock at once: reading first could end in a deadlock.
            await connection.execute(self._database.insert_if_new(music_jobs, asdict(row)))
            await connection.execute(takeover.values(**reopened(row)))
            found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == row.job_id))
            return JobRow(**found.mappings().one())

    async def _write(self, statement: Update) -> None:
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def _get(self, job_id: str) -> JobRow | None:
        async with self._database.reading() as connection:
            found = await connection.execute(select(music_jobs).where(music_jobs.c.job_id == job_id))
            row = found.mappings().one_or_none()
            return None if row is None else JobRow(**row)

    async def _read(self, statement: Select[Any]) -> list[JobRow]:
        async with self._database.reading() as connection:
            found = await connection.execute(statement)
            return [JobRow(**row) for row in found.mappings()]


def _of_request(job_id: str, request_sha256: str) -> Update:
    return update(music_jobs).where(
        music_jobs.c.job_id == job_id, music_jobs.c.request_sha256 == request_sha256
    )
