"""A worker that is told to end in the midst of whatever step: it hands over in time, and the next one goes on."""

import asyncio
import signal
import threading
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from dalsegno.runtime.server import EmbeddedServer
from tests.support.audd_simulator import API_TOKEN, AuddSimulator
from tests.support.eventually import eventually
from tests.support.fleet import Fleet
from tests.support.in_progress import doing
from tests.support.mureka_simulator_book import Fault as MurekaFault
from tests.support.mureka_simulator_process import SimulatorProcess, simulator_process
from tests.support.paid_programs import Console, billed, settings_of, start, status_at_end
from tests.support.r2_faults import Fault, R2Faults
from tests.support.recordings import record
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_SECONDS = 120.0
# More than the grace period, which a busy machine may stretch; without the hand-over it is minutes.
ENDED_SECONDS = 30.0
SUBMIT_SECONDS = 3.0
LINES = 2_000
BUCKET = "shutdown"

PAID = ("submitting", "awaiting", "downloading", "fitting")
# The activity that each job was in; a submission is seen to its end.
STEPS = {
    "analyzing": "analyze_scenes",
    "extracting": "extract_clip",
    "identifying": "identify_song",
    "generating": "generate_music",
    "awaiting": "await_task",
    "downloading": "keep_music",
    "fitting": "fit_music",
    "publishing": "publish_music",
}


def transcript(folder: Path) -> Path:
    """One that takes seconds to analyse."""
    path = folder / "transcript.json"
    lines = [
        f'{{"start": {n * 0.02:.2f}, "end": {n * 0.02 + 0.01:.2f}, "text": "Line {n} of a long day, and the rain."}}'
        for n in range(LINES)
    ]
    path.write_text(f"[{','.join(lines)}]")
    return path


@dataclass(frozen=True)
class Deployment:
    """Everything around a worker, and ways to hold it in the midst of a step."""

    console: Console
    temporal: Client
    worker: Process
    store: R2Faults
    audd: AuddSimulator
    mureka: SimulatorProcess
    folder: Path

    async def occupy(self, go_on: threading.Event) -> None:
        """Brings the worker into the midst of each step: to those that end by themselves last."""
        self.store.order("GetObject", Fault(until=go_on))
        await self.own("fitting", "--duration", "5", provider="mureka")
        await self.is_in("fitting")
        await eventually(lambda: _asked(self.store, "GetObject"), PATIENCE_SECONDS)
        self.store.order("CopyObject", Fault(until=go_on))
        await self.own("publishing", "--duration", "5")
        await eventually(lambda: _asked(self.store, "CopyObject"), PATIENCE_SECONDS)
        song = record(self.folder / "song.wav", "sine=f=330:d=20")
        await self.own("identifying", "--duration", "5", "--reference-audio", str(song))
        await eventually(self.is_recognising, PATIENCE_SECONDS)
        self.store.order("GetObject", Fault(until=go_on))
        await self.own("extracting", "--duration", "5", "--reference-audio", str(song))
        await self.is_in("extracting")
        await self.mureka.order(MurekaFault("download", "stall"))
        await start(self.console, "downloading")
        await self.is_in("downloading")
        await start(self.console, "awaiting")
        await self.is_in("awaiting")
        (task,) = (await billed(self.mureka))["awaiting"]
        await self.mureka.order(MurekaFault("query", "hang", match=task))
        await self.own("generating", "--duration", "240")
        await self.own("analyzing", "--duration", "60", "--transcript", str(transcript(self.folder)))
        await start(self.console, "submitting")
        await self.is_in("generating")
        await self.is_in("analyzing")
        await eventually(self.is_submitting, PATIENCE_SECONDS)

    async def own(self, job: str, *options: str, provider: str = "builtin") -> None:
        """Starts a job with a prompt of its own name."""
        of_all = ("--customer", "acme", "--provider", provider, "--job-id", job)
        await self.console("start", *of_all, "--prompt", job, *options)

    async def is_in(self, job: str) -> None:
        """Waits until the worker is at the job's step."""

        async def is_there() -> bool:
            return STEPS[job] in await doing(self.temporal, job, self.worker)

        await eventually(is_there, PATIENCE_SECONDS)

    async def is_recognising(self) -> bool:
        """Whether the recogniser was asked."""
        return bool(self.audd.questions)

    async def is_submitting(self) -> bool:
        """Whether the last submission has arrived."""
        return any(
            each["prompt"].startswith("submitting") for each in (await self.mureka.book())["submissions"]
        )


async def test_each_step_is_handed_over(
    own_server: EmbeddedServer, held_store: R2Faults, seaweedfs: SeaweedFS, tmp_path: Path
) -> None:
    """One worker with a job in each step is told to end: nothing is lost, paid twice, or begun again by a time-out."""
    home = tmp_path / "home"
    home.mkdir()
    go_on = threading.Event()
    async with AsyncExitStack() as held:
        bucket = held.enter_context(_bucket(seaweedfs))
        audd = held.enter_context(AuddSimulator())
        audd.silent = True
        mureka = await held.enter_async_context(
            simulator_process(seconds=3, limit=100, submit_seconds=SUBMIT_SECONDS)
        )
        settings = (
            settings_of(mureka)
            | CREDENTIALS
            | {
                "DALSEGNO_S3_BUCKET": bucket,
                "DALSEGNO_S3_ENDPOINT_URL": held_store.endpoint_url,
                "DALSEGNO_AUDD_API_TOKEN": API_TOKEN,
                "DALSEGNO_AUDD_BASE_URL": audd.base_url,
            }
        )
        console = Console(own_server, home, settings)
        await console("migrate")
        fleet = await held.enter_async_context(Fleet.of(1, own_server.address, home, settings))
        temporal = await Client.connect(own_server.address)
        [worker] = fleet.running
        await Deployment(console, temporal, worker, held_store, audd, mureka, tmp_path).occupy(go_on)
        tree = _tree(worker.pid)
        worker.send_signal(signal.SIGTERM)
        assert await _ended(worker) == 0, fleet.log.read_text()[-2_000:]
        fleet.running.remove(worker)
        await eventually(lambda: _all_gone(tree), ENDED_SECONDS)
        go_on.set()
        audd.silent = False
        await fleet.start()
        for job in STEPS:
            assert (await status_at_end(temporal, job))["status"] == "completed", job
        tasks = await billed(mureka)
        assert {job: len(of_job) for job, of_job in tasks.items()} == dict.fromkeys(PAID, 1)
        for job, activity in STEPS.items():
            why = await _why_again(temporal, job, activity)
            assert (job, why) == (job, {"HandedOver"})


@contextmanager
def _bucket(seaweedfs: SeaweedFS) -> Iterator[str]:
    """One that may hold something at its end."""
    client = seaweedfs.client()
    try:
        client.create_bucket(Bucket=BUCKET)
        yield BUCKET
        for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            client.delete_object(Bucket=BUCKET, Key=each["Key"])
        client.delete_bucket(Bucket=BUCKET)
    finally:
        client.close()


async def test_a_second_signal_ends_it_at_once(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """Whoever asks twice doesn't want to wait: nothing of it is left, and the next worker goes on."""
    home = tmp_path / "home"
    home.mkdir()
    settings = {"DALSEGNO_RETRY_INITIAL_SECONDS": "0.5"}
    console = Console(own_server, home, settings)
    await console("migrate")
    async with Fleet.of(1, own_server.address, home, settings) as fleet:
        temporal = await Client.connect(own_server.address)
        [worker] = fleet.running
        await console(
            "start", "--customer", "acme", "--duration", "150", "--mood", "calm", "--job-id", "twice"
        )

        async def is_at_work() -> bool:
            return "generate_music" in await doing(temporal, "twice", worker) and len(_tree(worker.pid)) > 1

        await eventually(is_at_work, PATIENCE_SECONDS)
        tree = _tree(worker.pid)
        worker.send_signal(signal.SIGTERM)
        worker.send_signal(signal.SIGINT)
        assert await _ended(worker) == 1
        fleet.running.remove(worker)
        await eventually(lambda: _all_gone(tree), ENDED_SECONDS)
        await fleet.start()
        assert (await status_at_end(temporal, "twice"))["status"] == "completed"


async def _ended(worker: Process) -> int:
    async with asyncio.timeout(ENDED_SECONDS):
        return await worker.wait()


async def _asked(store: R2Faults, operation: str) -> bool:
    return operation in store.operations


async def _all_gone(processes: set[int]) -> bool:
    return not any(Path(f"/proc/{each}").exists() for each in processes)


def _tree(process: int) -> set[int]:
    """A process and all that came from it."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return {process}.union(*map(_tree, children))


async def _why_again(temporal: Client, job: str, activity: str) -> set[str]:
    """What attempts of an activity ended with that were followed by another."""
    history = await temporal.get_workflow_handle(job).fetch_history()
    scheduled = {
        event.event_id
        for event in history.events
        if event.activity_task_scheduled_event_attributes.activity_type.name == activity
    }
    return {
        _type(event)
        for event in history.events
        if event.activity_task_started_event_attributes.scheduled_event_id in scheduled
        and event.activity_task_started_event_attributes.attempt > 1
    }


def _type(event: HistoryEvent) -> str:
    failure = event.activity_task_started_event_attributes.last_failure
    return failure.application_failure_info.type or failure.message
