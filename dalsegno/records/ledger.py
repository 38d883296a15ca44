"""The table `generations` in a database."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, select, update

from dalsegno.ports import LedgerEntry
from dalsegno.records.changes import check_times
from dalsegno.records.database import Database
from dalsegno.records.tables import generations

_KEY = ("job_id", "ordinal")
# What tells one stage of an entry from the next.
_STAGE = ("state", "attempt", "task_id")


class SqlLedger:
    """Implements `dalsegno.ports.Ledger` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, job_id: str) -> LedgerEntry | None:
        """See `dalsegno.ports.Ledger`."""
        newest = select(generations).where(generations.c.job_id == job_id)
        return await self._one(newest.order_by(generations.c.ordinal.desc()))

    async def of_task(self, provider: str, task_id: str) -> LedgerEntry | None:
        """See `dalsegno.ports.Ledger`."""
        of_task = select(generations).where(
            generations.c.provider == provider, generations.c.task_id == task_id
        )
        return await self._one(of_task.order_by(generations.c.created_at.desc()))

    async def add(self, entry: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        check_times(asdict(entry).values())
        return await self._database.to_its_end(self._add(entry))

    async def replace(self, before: LedgerEntry, after: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        check_times(asdict(after).values())
        return await self._database.to_its_end(self._replace(before, after))

    async def _one(self, question: Select[Any]) -> LedgerEntry | None:
        return await self._database.to_its_end(self._first(question))

    async def _first(self, question: Select[Any]) -> LedgerEntry | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(question.limit(1))).mappings().one_or_none()
            return None if row is None else LedgerEntry(**row)

    async def _add(self, entry: LedgerEntry) -> bool:
        async with self._database.writing() as connection:
            added = await connection.execute(self._database.insert_if_new(generations, asdict(entry)))
            return added.rowcount == 1

    async def _replace(self, before: LedgerEntry, after: LedgerEntry) -> bool:
        columns, values = generations.c, asdict(after)
        statement = update(generations).values(values)
        for name in _KEY + _STAGE:
            # Not `=`, for which nothing equals null.
            statement = statement.where(columns[name].is_not_distinct_from(getattr(before, name)))
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount == 1
