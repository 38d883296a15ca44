"""The database as its tables share it: one pool of connections, and work that is brought to its end."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import (
    Insert,
    Integer,
    Table,
    TableValuedAlias,
    column,
    false,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dalsegno.errors import InternalError
from dalsegno.records.errors import DatabaseSetupError, database_errors
from dalsegno.records.tables import database_identity, metadata

Result = TypeVar("Result")

# How long all connections together may take to close: a worker that is told to end has little time.
_GOODBYE_SECONDS = 2.0


class Database:
    """SQLite or PostgreSQL. Call `close` at the end.

    What has begun is brought to its end when the caller is cancelled: a connection that is torn down in the midst
    leaves a thread or a socket behind. So each write must be idempotent or conditional: a late one harms nobody.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._under_way: set[asyncio.Task[Any]] = set()

    async def to_its_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Does the work, also when the caller is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one question. Raises errors of `dalsegno.errors` only."""
        with database_errors():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, committed at the end of the block. Raises errors of `dalsegno.errors` only."""
        with database_errors():
            async with self._engine.begin() as connection:
                yield connection

    async def check(self) -> None:
        """Finds out whether a person is needed before the tables can be used; changes nothing.

        Raises:
            DatabaseSetupError: a table or a column is missing, or the right to read and to write it.
            DatabaseUnavailable: the database does not answer.
        """
        await self.to_its_end(self._check())

    async def _check(self) -> None:
        async with self.writing() as connection:
            for table in metadata.sorted_tables:
                nothing = select(table).where(false())
                await connection.execute(insert(table).from_select(list(table.columns), nothing))
                await connection.execute(update(table).where(false()).values(dict(table.columns)))

    async def identity(self) -> str:
        """The UUID that the database was given with its schema. Copies keep it, so that a restored one is the same.

        Raises:
            DatabaseSetupError: there is none, or more than one, or no table or right to read it.
            DatabaseUnavailable: the database does not answer.
        """
        return await self.to_its_end(self._identity())

    async def _identity(self) -> str:
        async with self.reading() as connection:
            found = (await connection.execute(select(database_identity.c.identity))).scalars().all()
        if len(found) != 1:
            raise DatabaseSetupError(
                f"The database's table {database_identity.name} has {len(found)} rows: "
                "restore it from a copy of the database, which has one."
            )
        return str(found[0])

    def insert_if_new(self, table: Table, values: dict[str, Any]) -> Insert:
        """The statement that inserts a row, or leaves the one alone that has its key."""
        match self._engine.dialect.name:
            case "sqlite":
                return sqlite.insert(table).values(values).on_conflict_do_nothing()
            case "postgresql":
                return postgresql.insert(table).values(values).on_conflict_do_nothing()
            case other:
                raise InternalError(f"Records on {other} are not supported.")

    def rows_of(self, numbers: Sequence[int]) -> TableValuedAlias:
        """A table of one column, `value`, with these numbers: however many, they are one parameter of a statement."""
        match self._engine.dialect.name:
            case "sqlite":
                return func.json_each(json.dumps([*numbers])).table_valued(column("value", Integer))
            case "postgresql":
                array = literal([*numbers], postgresql.ARRAY(Integer))
                return func.unnest(array).table_valued(column("value", Integer)).render_derived()
            case other:
                raise InternalError(f"Records on {other} are not supported.")

    async def close(self) -> None:
        """Waits for what is under way, closes all connections and ends their threads."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with suppress(TimeoutError):  # a server that hangs doesn't say goodbye
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._engine.dispose()
