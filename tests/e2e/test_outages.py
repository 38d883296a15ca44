"""Jobs whose database or object store goes away in their midst, with real servers and the programs as processes."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dalsegno.runtime.server import EmbeddedServer
from tests.support.deployment import Deployment
from tests.support.outage import REQUEST, outlive
from tests.support.postgresql import PASSWORD, PostgresqlServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKER = "music_worker"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """A Temporal server of these tests' own: their workers leave a schedule on it."""
    server = await EmbeddedServer.start(tmp_path_factory.mktemp("temporal"))
    yield server
    await server.child.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def deployment(
    temporal_server: EmbeddedServer, postgresql: PostgresqlServer, postgresql_database: str, tmp_path: Path
) -> AsyncIterator[Deployment]:
    """Worker and command line, their database a PostgreSQL of which the worker's user is no master."""
    postgresql.sql(
        f"CREATE ROLE {WORKER} LOGIN PASSWORD '{PASSWORD}'",
        f"ALTER DATABASE {postgresql_database} OWNER TO {WORKER}",
    )
    settings = {
        "DALSEGNO_DATABASE_URL": postgresql.url(postgresql_database, user=WORKER),
        "DALSEGNO_RETRY_INITIAL_SECONDS": "0.5",
    }
    async with Deployment.running(temporal_server, tmp_path / "home", settings) as deployment:
        yield deployment
        assert PASSWORD not in deployment.log()
    postgresql.sql(f"REASSIGN OWNED BY {WORKER} TO postgres", database=postgresql_database)
    postgresql.sql(f"ALTER DATABASE {postgresql_database} OWNER TO postgres", f"DROP ROLE {WORKER}")


def row_of(postgresql: PostgresqlServer, database: str, job_id: str) -> dict[str, Any]:
    """The job's row, as anybody finds it who looks into the database."""
    found = postgresql.sql(
        f"SELECT row_to_json(music_jobs) FROM music_jobs WHERE job_id = '{job_id}'",  # noqa: S608  # the test's own
        database=database,
    )
    row: dict[str, Any] = json.loads(found)
    return row


async def check_all_there(
    deployment: Deployment, status: dict[str, Any], row: dict[str, Any], folder: Path
) -> None:
    """The row says what the status says, and each object is there as it was made."""
    job_id, objects = status["job_id"], status["result"]["objects"]
    assert (row["status"], row["step"], row["error_message"]) == ("completed", "completed", None)
    assert row["workflow_run_id"] == (await deployment.job(job_id).describe()).run_id
    assert row["completed_at"] == row["updated_at"] > row["created_at"]
    assert (row["r2_key"], row["file_size_bytes"]) == (
        objects["master.wav"]["key"],
        objects["master.wav"]["bytes"],
    )
    await deployment.json("fetch", job_id, "--to", str(folder))
    fetched = {name: sha256((folder / name).read_bytes()).hexdigest() for name in objects}
    assert fetched == {name: each["sha256"] for name, each in objects.items()}


async def test_a_database_that_is_away_delays_jobs_and_fails_none(
    deployment: Deployment, postgresql: PostgresqlServer, postgresql_database: str, tmp_path: Path
) -> None:
    """The music is made meanwhile; what it waits for is its row."""
    status = await outlive(
        deployment, "outage", postgresql.away(), failure_type="DatabaseUnavailable", attempts=2
    )
    row = row_of(postgresql, postgresql_database, "outage")
    await check_all_there(deployment, status, row, tmp_path / "music")


MISTAKES = {
    "password": (
        f"ALTER ROLE {WORKER} PASSWORD 'another'",
        f"ALTER ROLE {WORKER} PASSWORD '{PASSWORD}'",
        "set them in DALSEGNO_DATABASE_URL",
    ),
    "table": (
        "ALTER TABLE music_jobs RENAME TO music_jobs_lost",
        "ALTER TABLE music_jobs_lost RENAME TO music_jobs",
        "run `dalsegno migrate`",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_database_that_needs_a_person_fails_the_job_until_that_is_mended(
    deployment: Deployment,
    postgresql: PostgresqlServer,
    postgresql_database: str,
    tmp_path: Path,
    mistake: str,
) -> None:
    """It fails at once, is listed with one sentence that says what to set, and goes on after a retry."""
    broken, mended, sentence = MISTAKES[mistake]
    await deployment.json("start", *REQUEST, "--job-id", mistake)
    await deployment.step_reached(mistake, "generating")
    connections = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{WORKER}'"  # noqa: S608  # as above
    postgresql.sql(broken, connections, database=postgresql_database)

    failure = (await deployment.ended(mistake))["failure"]
    assert failure["step"] == "uploading"
    assert sentence in failure["message"]
    listed = await deployment.json("failed", "--step", "uploading")
    assert mistake in [each["job_id"] for each in listed]
    history = await deployment.job(mistake).fetch_history()
    assert PASSWORD not in history.to_json()

    postgresql.sql(mended, database=postgresql_database)
    await deployment.json("retry", mistake)
    status = await deployment.ended(mistake)
    row = row_of(postgresql, postgresql_database, mistake)
    await check_all_there(deployment, status, row, tmp_path / "music")
