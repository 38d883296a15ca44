"""Where it happens: Temporal, a simulated Mureka, database, object store and workers, all of them processes."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from temporalio.client import Client

from chaos.progress import say
from chaos.small_disk import SmallDisk
from dalsegno.adapters import build_database, build_ledger, build_records, build_store
from dalsegno.client import JobHandle, MusicClient
from dalsegno.models import MusicRequest
from dalsegno.ports import JobRecords, Ledger, ObjectStore
from dalsegno.records.database import Database
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from dalsegno.settings import Settings
from tests.support.command_line import command_line
from tests.support.fleet import Fleet
from tests.support.mureka_simulator import API_KEY
from tests.support.mureka_simulator_process import SimulatorProcess, simulator_process
from tests.support.postgresql import PostgresqlServer, postgresql_server
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

LedgerKind = Literal["sqlite", "postgresql"]
LEDGERS: tuple[LedgerKind, ...] = ("sqlite", "postgresql")

# As short as a job may be: what is shown are payments, not music.
DURATION = 5.0
POLL_SECONDS = 0.2
SMALL_DISK_MB = 256
BUCKET = "music"


@dataclass
class OrderedJob:
    """A job that was started, and what must become of it.

    Attributes:
        paid: it costs something; otherwise the built-in composer makes it.
        must_complete: it was killed where that may cost neither the job nor a second payment.
        cancelled: somebody has asked it to end.
    """

    job_id: str
    paid: bool = True
    must_complete: bool = False
    cancelled: bool = False


@dataclass
class Testbed:
    """All of it, as long as `set_up` runs.

    Attributes:
        postgresql: the server of the database, if it isn't SQLite.
        seaweedfs: the server of the object store, if it isn't a folder.
        disk: where workers keep temporary files, if that is a disk of its own.
        jobs: those that were started, by id.
        deaf: from when to when an answer may have been lost for another reason than a kill, in Unix time.
        task_seconds: how long a task takes at the simulator.
        concurrency: how many tasks the account may have in flight.
    """

    home: Path
    server: EmbeddedServer
    temporal: Client
    mureka: SimulatorProcess
    postgresql: PostgresqlServer | None
    seaweedfs: SeaweedFS | None
    disk: SmallDisk | None
    fleet: Fleet
    music: MusicClient
    database: Database
    records: JobRecords
    ledger: Ledger
    store: ObjectStore
    task_seconds: float
    concurrency: int
    jobs: dict[str, OrderedJob] = field(default_factory=dict)
    deaf: list[tuple[float, float]] = field(default_factory=list)

    async def start(self, job_id: str, customer: str = "acme") -> OrderedJob:
        """Starts a paid job whose prompt is its id, so that the simulator's book tells it from others."""
        return await self.order(
            OrderedJob(job_id),
            MusicRequest(customer_id=customer, duration=DURATION, prompt=job_id, job_id=job_id),
        )

    async def order(self, job: OrderedJob, request: MusicRequest) -> OrderedJob:
        """Starts a job. Started again, it is the same."""
        await self.music.start(request)
        return self.jobs.setdefault(job.job_id, job)

    def handle(self, job_id: str) -> JobHandle:
        """One of the jobs."""
        return self.music.job(job_id)

    @property
    def temporary_files(self) -> Path:
        """Where the workers, and nobody else, keep theirs."""
        return Path(self.fleet.settings["TMPDIR"])

    async def submissions(self, job_id: str) -> list[dict[str, Any]]:
        """What has arrived of a job at the simulator."""
        book = await self.mureka.book()
        return [each for each in book["submissions"] if job_of(each["prompt"]) == job_id]


def job_of(prompt: str) -> str:
    """The job that a prompt at the simulator belongs to."""
    return prompt.partition(".")[0]


@asynccontextmanager
async def set_up(
    ledger: LedgerKind,
    *,
    task_seconds: float,
    concurrency: int,
    submit_seconds: float = 0.0,
    bucket: bool = False,
    small_disk: bool = False,
) -> AsyncIterator[Testbed]:
    """Sets all up, without any worker yet; nothing is left at the end.

    Args:
        ledger: the database, which holds the ledger.
        task_seconds: how long a task takes.
        concurrency: how many tasks the account may have in flight.
        submit_seconds: how long an answer to a submission takes.
        bucket: the object store is a server, not a folder.
        small_disk: temporary files of workers lie on a small disk of their own.
    """
    say(f"Setting up: Temporal server, simulator, ledger on {ledger}{', SeaweedFS' if bucket else ''}")
    async with AsyncExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="dalsegno-chaos-", dir="/tmp")))
        postgresql = held.enter_context(postgresql_server()) if ledger == "postgresql" else None
        url = postgresql.url(held.enter_context(postgresql.database())) if postgresql else None
        home, temporary = folder / "home", folder / "tmp"
        home.mkdir()
        temporary.mkdir()
        disk = held.enter_context(SmallDisk(temporary, SMALL_DISK_MB)) if small_disk else None
        seaweedfs = SeaweedFS(folder / "seaweedfs") if bucket else None
        if seaweedfs:
            held.callback(seaweedfs.stop)
            seaweedfs.start()
        server = await EmbeddedServer.start(folder)
        # The simulator allows more than the gate does, so that it would be seen if the gate let too many through.
        mureka = await held.enter_async_context(
            simulator_process(seconds=task_seconds, limit=1_000, submit_seconds=submit_seconds)
        )
        environment = {
            "DALSEGNO_PROVIDER": "mureka",
            "DALSEGNO_MUREKA_API_KEY": API_KEY,
            "DALSEGNO_MUREKA_BASE_URL": mureka.base_url,
            "DALSEGNO_MUREKA_CONCURRENCY": str(concurrency),
            "DALSEGNO_MUREKA_POLL_SECONDS": str(POLL_SECONDS),
            "DALSEGNO_RETRY_INITIAL_SECONDS": "0.5",
            "DALSEGNO_WORKER_CONCURRENCY": "2",
            "DALSEGNO_LOG_FORMAT": "json",
            "TMPDIR": str(temporary),
        }
        if url:
            environment["DALSEGNO_DATABASE_URL"] = url
        if seaweedfs:
            _make_bucket(seaweedfs)
            environment |= CREDENTIALS | {
                "DALSEGNO_S3_BUCKET": BUCKET,
                "DALSEGNO_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
            }
        migrated = await command_line(server.address, home, "migrate", **environment)
        assert migrated.code == 0, migrated.err
        settings = Settings(
            home=home,
            database_url=url,
            provider="mureka",
            mureka_api_key=SecretStr(API_KEY),
            mureka_base_url=mureka.base_url,
            retry_initial_seconds=0.5,
        )
        temporal = await Client.connect(server.address, plugins=[DalSegnoPlugin()])
        store = seaweedfs.store(BUCKET) if seaweedfs else build_store(settings)
        database = build_database(settings)
        held.push_async_callback(database.close)
        fleet = await held.enter_async_context(Fleet.of(0, server.address, home, environment))
        bed = Testbed(
            home=home,
            server=server,
            temporal=temporal,
            mureka=mureka,
            postgresql=postgresql,
            seaweedfs=seaweedfs,
            disk=disk,
            fleet=fleet,
            music=MusicClient(temporal, store, settings),
            database=database,
            records=build_records(database),
            ledger=build_ledger(database),
            store=store,
            task_seconds=task_seconds,
            concurrency=concurrency,
        )
        try:
            yield bed
        finally:
            await bed.server.child.stop()


def _make_bucket(seaweedfs: SeaweedFS) -> None:
    client = seaweedfs.client()
    try:
        client.create_bucket(Bucket=BUCKET)
    finally:
        client.close()
