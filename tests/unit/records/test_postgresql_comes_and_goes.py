"""A PostgreSQL that is restarted, away or hanging under a program that uses it."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from dalsegno.errors import DatabaseUnavailable
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.postgresql import CONNECT_SECONDS, STATEMENT_SECONDS
from dalsegno.records.repository import SqlJobRecords
from tests.support.eventually import eventually
from tests.support.postgresql import PostgresqlServer
from workflows.policies import RECORD


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    """A database that is in use by as many connections as there may be."""
    await migrate(postgresql_url)
    database = Database(create_engine(postgresql_url))

    async def hold_a_connection() -> None:
        async with database.reading() as connection:
            await connection.execute(text("SELECT pg_sleep(0.1)"))

    await asyncio.gather(*(hold_a_connection() for _ in range(10)))
    yield database
    await database.close()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_between_two_calls_is_not_noticed(
    postgresql: PostgresqlServer, database: Database, by: signal.Signals
) -> None:
    """Each connection of the pool is dead by then, after an orderly stop and after a crash."""
    records = SqlJobRecords(database)
    with postgresql.away(by=by):
        pass
    assert await asyncio.gather(*(records.get("job-1") for _ in range(20))) == [None] * 20


async def test_a_server_that_is_away_makes_the_database_unavailable(
    postgresql: PostgresqlServer, database: Database
) -> None:
    """As often as it is asked; and it is used again as soon as it is back."""
    records = SqlJobRecords(database)
    with postgresql.away():
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable, match="no connection could be had"):
                await records.get("job-1")
    assert await records.get("job-1") is None


async def test_a_server_without_tls_is_not_talked_to_where_tls_is_asked_for(postgresql_url: str) -> None:
    """Its answer can't be told from that of a server that is just going away, so the sentence names what to check."""
    database = Database(create_engine(f"{postgresql_url}?sslmode=require"))
    with pytest.raises(DatabaseUnavailable, match="check host, port and sslmode in DALSEGNO_DATABASE_URL"):
        await database.check()
    await database.close()


async def test_a_statement_that_the_stop_cuts_off_can_be_tried_again(
    postgresql: PostgresqlServer, database: Database
) -> None:
    """What is under way when the server goes is an outage, not a mistake of the statement."""

    async def sleep() -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))

    async def sleeps() -> bool:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30%' AND state = 'active'"
        return postgresql.sql(asked) == "1"

    sleeping = asyncio.create_task(sleep())
    await eventually(sleeps)
    with postgresql.away(), pytest.raises(DatabaseUnavailable):
        await sleeping


async def test_a_server_that_hangs_is_given_up_and_found_again(
    postgresql: PostgresqlServer, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a call nor a place in the pool waits for it for ever: all places can be used afterwards."""
    monkeypatch.setattr("dalsegno.records.postgresql.CONNECT_SECONDS", 2.0)
    await migrate(postgresql_url)
    database = Database(create_engine(postgresql_url, statement_seconds=2.0))
    records = SqlJobRecords(database)
    await asyncio.gather(*(records.get("job-1") for _ in range(20)))
    with postgresql.frozen():
        failed = await asyncio.gather(*(records.get("job-1") for _ in range(20)), return_exceptions=True)
    assert {type(error) for error in failed} == {DatabaseUnavailable}
    assert await asyncio.gather(*(records.get("job-1") for _ in range(20))) == [None] * 20
    await database.close()


async def test_a_server_that_hangs_holds_up_no_program_that_ends(
    postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    """Its connections are dropped where they can't be closed, however patient their statements are."""
    await migrate(postgresql_url)
    database = Database(create_engine(postgresql_url, statement_seconds=600))
    await SqlJobRecords(database).get("job-1")
    with postgresql.frozen():
        async with asyncio.timeout(30):
            await database.close()


def test_waits_end_before_the_step_s_own_time_out() -> None:
    """So that the step hears what is wrong instead of being cut off; closing the dead connection takes 2 s more."""
    assert RECORD.attempt.total_seconds() >= CONNECT_SECONDS + STATEMENT_SECONDS + 2
