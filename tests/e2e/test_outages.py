"""Jobs whose database or object store goes away in their midst, with real servers and the programs as processes."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dalsegno.runtime.server import EmbeddedServer
from tests.support import seaweedfs as credentials
from tests.support.deployment import Deployment
from tests.support.outage import REQUEST, outlive
from tests.support.postgresql import PASSWORD, PostgresqlServer
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKER = "music_worker"


@dataclass(frozen=True)
class Servers:
    """PostgreSQL and SeaweedFS, of which the worker has a database and a bucket."""

    postgresql: PostgresqlServer
    database: str
    seaweedfs: SeaweedFS
    bucket: str

    @property
    def settings(self) -> dict[str, str]:
        """The settings of worker and command line."""
        return CREDENTIALS | {
            "DALSEGNO_DATABASE_URL": self.postgresql.url(self.database, user=WORKER),
            "DALSEGNO_S3_ENDPOINT_URL": self.seaweedfs.endpoint_url,
            "DALSEGNO_S3_BUCKET": self.bucket,
            "DALSEGNO_RETRY_INITIAL_SECONDS": "0.5",
        }

    def sql(self, *statements: str) -> str:
        """Runs statements in the database, as its master."""
        return self.postgresql.sql(*statements, database=self.database)

    def row(self, job_id: str) -> dict[str, Any]:
        """The job's row, as anybody finds it who looks into the database."""
        found = self.sql(f"SELECT row_to_json(music_jobs) FROM music_jobs WHERE job_id = '{job_id}'")  # noqa: S608  # the test's own
        row: dict[str, Any] = json.loads(found)
        return row

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """No database, as long as the block runs."""
        with self.postgresql.away():
            yield

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """No object store."""
        self.seaweedfs.stop()
        try:
            yield
        finally:
            self.seaweedfs.start()

    @contextmanager
    def both_away(self) -> Iterator[None]:
        """Neither of them."""
        with self.database_away(), self.store_away():
            yield

    @contextmanager
    def another_password(self) -> Iterator[None]:
        """The database lets the worker in no longer."""
        self.sql(f"ALTER ROLE {WORKER} PASSWORD 'another'", _disconnect())
        yield
        self.sql(f"ALTER ROLE {WORKER} PASSWORD '{PASSWORD}'")

    @contextmanager
    def no_table(self) -> Iterator[None]:
        """The table of jobs is gone."""
        self.sql("ALTER TABLE music_jobs RENAME TO music_jobs_lost")
        yield
        self.sql("ALTER TABLE music_jobs_lost RENAME TO music_jobs")

    @contextmanager
    def another_key(self) -> Iterator[None]:
        """The store takes the worker's credentials no longer."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(credentials, "CREDENTIALS", CREDENTIALS | {"AWS_SECRET_ACCESS_KEY": "another"})
            with self.store_away():
                pass
            yield
        with self.store_away():
            pass

    @contextmanager
    def no_bucket(self) -> Iterator[None]:
        """The bucket is gone, with all that is in it."""
        client = self.seaweedfs.client()
        try:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
                for each in page.get("Contents", []):
                    client.delete_object(Bucket=self.bucket, Key=each["Key"])
            client.delete_bucket(Bucket=self.bucket)
            yield
            client.create_bucket(Bucket=self.bucket)
        finally:
            client.close()


def _disconnect() -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{WORKER}'"  # noqa: S608  # the test's own


@pytest.fixture(scope="module")
def servers(postgresql: PostgresqlServer, seaweedfs: SeaweedFS) -> Iterator[Servers]:
    """Both servers, with an empty database, whose owner is no master of the server, and an empty bucket."""
    with postgresql.database() as database, seaweedfs.bucket() as bucket:
        postgresql.sql(
            f"CREATE ROLE {WORKER} LOGIN PASSWORD '{PASSWORD}'",
            f"ALTER DATABASE {database} OWNER TO {WORKER}",
        )
        servers = Servers(postgresql, database, seaweedfs, bucket)
        yield servers
        with servers.no_bucket():
            pass
        servers.sql(f"REASSIGN OWNED BY {WORKER} TO postgres", f"DROP ROLE {WORKER}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Worker and command line on them, and on a Temporal server of their own: the worker leaves a schedule there."""
    folder = tmp_path_factory.mktemp("deployment")
    server = await EmbeddedServer.start(folder)
    try:
        async with Deployment.running(server, folder / "home", servers.settings) as deployment:
            yield deployment
    finally:
        await server.child.stop()


async def check_all_there(
    deployment: Deployment, servers: Servers, status: dict[str, Any], folder: Path
) -> None:
    """The row says what the status says, and each object is there as it was made."""
    job_id, objects, row = status["job_id"], status["result"]["objects"], servers.row(status["job_id"])
    assert (row["status"], row["step"], row["error_message"]) == ("completed", "completed", None)
    assert row["workflow_run_id"] == (await deployment.job(job_id).describe()).run_id
    assert row["completed_at"] == row["updated_at"] > row["created_at"]
    master = objects["master.wav"]
    assert (row["r2_key"], row["file_size_bytes"]) == (master["key"], master["bytes"])
    await deployment.json("fetch", job_id, "--to", str(folder))
    fetched = {name: sha256((folder / name).read_bytes()).hexdigest() for name in objects}
    assert fetched == {name: each["sha256"] for name, each in objects.items()}


OUTAGES = {
    "database": (Servers.database_away, "DatabaseUnavailable"),
    "store": (Servers.store_away, "StorageUnavailable"),
    "both": (Servers.both_away, "StorageUnavailable"),
}


@pytest.mark.parametrize("gone", OUTAGES)
async def test_what_is_away_delays_jobs_and_fails_none(
    deployment: Deployment, servers: Servers, tmp_path: Path, gone: str
) -> None:
    """Nothing is lost, and no attempt counts: the job is as if it had only taken longer."""
    away, failure_type = OUTAGES[gone]
    status = await outlive(deployment, f"no-{gone}", away(servers), failure_type=failure_type, attempts=2)
    await check_all_there(deployment, servers, status, tmp_path / "music")


MISTAKES = {
    "password": (Servers.another_password, "uploading", "set them in DALSEGNO_DATABASE_URL"),
    "table": (Servers.no_table, "uploading", "run `dalsegno migrate`"),
    "key": (Servers.another_key, "generating", "AWS_SECRET_ACCESS_KEY"),
    "bucket": (Servers.no_bucket, "generating", "create it, or set DALSEGNO_S3_BUCKET"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_what_needs_a_person_fails_the_job_until_it_is_mended(
    deployment: Deployment, servers: Servers, tmp_path: Path, mistake: str
) -> None:
    """It fails at once, is listed with one sentence that says what to set, and goes on after a retry."""
    broken, step, sentence = MISTAKES[mistake]
    await deployment.json("start", *REQUEST, "--job-id", mistake)
    await deployment.step_reached(mistake, "generating")
    with broken(servers):
        failure = (await deployment.ended(mistake))["failure"]
        assert failure["step"] == step
        assert sentence in failure["message"]
        listed = await deployment.json("failed", "--step", step)
        assert mistake in [each["job_id"] for each in listed]
    seen = deployment.log() + (await deployment.job(mistake).fetch_history()).to_json()
    assert PASSWORD not in seen
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in seen
    await deployment.json("retry", mistake)
    status = await deployment.ended(mistake)
    await check_all_there(deployment, servers, status, tmp_path / "music")
