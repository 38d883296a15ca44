"""Several programs that migrate the same database at the same time."""

import asyncio
import sys
from asyncio.subprocess import Process

import pytest

from dalsegno.records.migrate import _LOCK, MIGRATIONS
from tests.support.eventually import eventually
from tests.support.postgresql import PostgresqlServer

CHILD = """
import asyncio, sys
from dalsegno.records.migrate import migrate
print("ready", flush=True)
sys.stdin.readline()
print(len(asyncio.run(migrate(sys.argv[1]))))
"""
ALL = len(list((MIGRATIONS / "versions").glob("v*.py")))


async def programs(url: str) -> list[Process]:
    """Three programs that will migrate as soon as they are told to."""
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout
        await child.stdout.readline()
    return children


async def ended(children: list[Process]) -> list[int]:
    """How many revisions each of them applied; none of them failed."""
    outputs = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    assert [child.returncode for child in children] == [0, 0, 0]
    return sorted(int(output) for output, _ in outputs)


@pytest.mark.parametrize("repetition", range(2))
async def test_one_does_the_work_and_the_others_wait_for_it(url: str, repetition: int) -> None:
    """They find it done; neither fails."""
    assert await ended(await programs(url)) == [0, 0, ALL]


async def test_on_postgresql_they_wait_for_a_lock(
    postgresql: PostgresqlServer, postgresql_database: str, postgresql_url: str
) -> None:
    """As long as somebody holds it no one touches the schema, or even looks at it."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    holder = await asyncio.create_subprocess_exec(
        *postgresql.psql(postgresql_database), stdin=asyncio.subprocess.PIPE, env=postgresql.environment
    )
    assert holder.stdin
    holder.stdin.write(f"SELECT pg_advisory_lock({_LOCK});\n".encode())
    children = await programs(postgresql_url)
    working = asyncio.create_task(ended(children))

    async def all_wait() -> bool:
        return postgresql.sql(waiting, database=postgresql_database) == "3"

    await eventually(all_wait)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert postgresql.sql(tables, database=postgresql_database) == "0"
    await holder.communicate(b"SELECT pg_advisory_unlock_all();\n")
    assert await working == [0, 0, ALL]
