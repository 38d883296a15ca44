"""Where it happens: a Temporal server, a simulated Mureka, a database and a fleet of workers, all of them processes."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from temporalio.client import Client

from chaos.progress import say
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
from tests.support.postgresql import postgresql_server

LedgerKind = Literal["sqlite", "postgresql"]
LEDGERS: tuple[LedgerKind, ...] = ("sqlite", "postgresql")

# As short as a job may be: what is shown are payments, not music.
DURATION = 5.0
POLL_SECONDS = 0.2


@dataclass
class OrderedJob:
    """A job that was started, and what must become of it.

    Attributes:
        must_complete: it was killed where that may cost neither the job nor a second payment.
        cancelled: somebody has asked it to end.
    """

    job_id: str
    must_complete: bool = False
    cancelled: bool = False


@dataclass
class Testbed:
    """All of it, as long as `set_up` runs.

    Attributes:
        jobs: those that were started, by id.
        task_seconds: how long a task takes at the simulator.
        concurrency: how many tasks the account may have in flight.
    """

    home: Path
    server: EmbeddedServer
    temporal: Client
    mureka: SimulatorProcess
    fleet: Fleet
    music: MusicClient
    database: Database
    records: JobRecords
    ledger: Ledger
    store: ObjectStore
    task_seconds: float
    concurrency: int
    jobs: dict[str, OrderedJob] = field(default_factory=dict)

    async def start(self, job_id: str, customer: str = "acme") -> OrderedJob:
        """Starts a paid job whose prompt is its id, so that the simulator's book tells it from others."""
        await self.music.start(
            MusicRequest(customer_id=customer, duration=DURATION, prompt=job_id, job_id=job_id)
        )
        self.jobs[job_id] = OrderedJob(job_id)
        return self.jobs[job_id]

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
    ledger: LedgerKind, *, task_seconds: float, concurrency: int, submit_seconds: float = 0.0
) -> AsyncIterator[Testbed]:
    """Sets all up, without any worker yet; nothing is left at the end."""
    say(f"Setting up: Temporal server, simulator, ledger on {ledger}")
    with (
        tempfile.TemporaryDirectory(prefix="dalsegno-chaos-", dir="/tmp") as folder,
        _database(ledger) as url,
    ):
        home = Path(folder) / "home"
        temporary = Path(folder) / "tmp"
        home.mkdir()
        temporary.mkdir()
        server = await EmbeddedServer.start(Path(folder))
        try:
            # The simulator allows more than the gate does, so that it would be seen if the gate let too many through.
            async with simulator_process(
                seconds=task_seconds, limit=1_000, submit_seconds=submit_seconds
            ) as mureka:
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
                } | ({"DALSEGNO_DATABASE_URL": url} if url else {})
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
                store, database = build_store(settings), build_database(settings)
                try:
                    async with Fleet.of(0, server.address, home, environment) as fleet:
                        yield Testbed(
                            home=home,
                            server=server,
                            temporal=temporal,
                            mureka=mureka,
                            fleet=fleet,
                            music=MusicClient(temporal, store, settings),
                            database=database,
                            records=build_records(database),
                            ledger=build_ledger(database),
                            store=store,
                            task_seconds=task_seconds,
                            concurrency=concurrency,
                        )
                finally:
                    await database.close()
        finally:
            await server.child.stop()


@contextmanager
def _database(ledger: LedgerKind) -> Iterator[str | None]:
    """The address of an empty database; None is SQLite in the home."""
    if ledger == "sqlite":
        yield None
        return
    with postgresql_server() as server, server.database() as name:
        yield server.url(name)
