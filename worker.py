"""The worker: `python worker.py` does the steps of jobs until SIGTERM or SIGINT, then hands its work over and ends."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from activities.analyze_scenes import SceneAnalysis
from activities.dead_letters import DeadLetters
from activities.failures import TranslateErrors
from activities.generate_music import Generation
from activities.housekeeping import Housekeeping
from activities.job_records import JobRecording
from activities.processes import preload
from activities.publish_music import Publication
from activities.scratch import Scratch
from activities.staging import Staging
from dalsegno.adapters import build_database, build_providers, build_records, build_store
from dalsegno.errors import DatabaseUnavailable, SettingsError, UnreachableError
from dalsegno.models import CPU_TASK_QUEUE, TASK_QUEUE
from dalsegno.ports import JobRecords, MusicProvider, ObjectStore
from dalsegno.runtime.connection import connect
from dalsegno.runtime.host import QueueWork, serve
from dalsegno.runtime.leaving import leave_at_once
from dalsegno.runtime.logs import configure_logs
from dalsegno.runtime.schedule import schedule_housekeeping
from dalsegno.settings import Settings, load_settings
from workflows.dead_letters import DiscardMusic, ForgottenMusic, RetryMusic
from workflows.generate_music import GenerateMusic
from workflows.housekeeping import MusicHousekeeping

if TYPE_CHECKING:
    from dalsegno.records.database import Database

log = structlog.get_logger(__name__)
INTERCEPTORS = [TranslateErrors()]

# How long the worker waits for its database when it starts, in seconds. Without one it goes on, as jobs do.
_DATABASE_SECONDS = 5.0


def assemble(
    settings: Settings,
    *,
    store: ObjectStore,
    records: JobRecords,
    scratch: Scratch,
    providers: Mapping[str, MusicProvider],
) -> list[QueueWork]:
    """All that a worker does, by task queue."""
    recording, staging = JobRecording(records, store), Staging(store)
    dead_letters, housekeeping = DeadLetters(records), Housekeeping(records, store)
    return [
        QueueWork(
            TASK_QUEUE,
            workflows=[GenerateMusic, RetryMusic, DiscardMusic, ForgottenMusic, MusicHousekeeping],
            activities=[
                recording.open_job,
                recording.save_job,
                Publication(store).publish_music,
                staging.clear_staging,
                dead_letters.take_up_again,
                dead_letters.forget_superseded_runs,
                dead_letters.mark_discarded,
                dead_letters.forget_job,
                dead_letters.forgotten_jobs,
                housekeeping.reconcile_rows,
                housekeeping.reconcile_runs,
                housekeeping.sweep_staging,
            ],
        ),
        QueueWork(
            CPU_TASK_QUEUE,
            activities=[
                SceneAnalysis(store, scratch).analyze_scenes,
                Generation(store, scratch, providers).generate_music,
            ],
            concurrency=settings.worker_concurrency,
        ),
    ]


async def run(settings: Settings, queues: Sequence[str] | None, ending: asyncio.Event) -> None:
    """Runs a worker for the named queues (all by default) until `ending` is set."""
    async with AsyncExitStack() as held:
        store = build_store(settings)
        database = build_database(settings)
        held.push_async_callback(database.close)
        records = build_records(database)
        await _check(database)
        scratch = held.enter_context(Scratch(settings.scratch_folder))
        work = assemble(settings, store=store, records=records, scratch=scratch, providers=build_providers())
        client = await connect(settings)
        await schedule_housekeeping(client)
        chosen = [each for each in work if queues is None or each.task_queue in queues]
        log.info("worker_started", queues=[each.task_queue for each in chosen])
        await serve(client, chosen, INTERCEPTORS, ending)
        log.info("worker_ended")


async def _check(database: "Database") -> None:
    """Asks the database once, so that one that needs a person ends the worker instead of failing its jobs.

    Raises:
        SettingsError: it lacks its tables or a right to them, or refuses the connection.
    """
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            await database.check()
    except (DatabaseUnavailable, TimeoutError) as error:
        log.warning("database_unavailable", message=str(error) or "The database does not answer in time.")


async def _run_until_signalled(settings: Settings, queues: Sequence[str] | None) -> None:
    ending = asyncio.Event()

    def end() -> None:
        if ending.is_set():  # asked twice: at once
            os._exit(1)
        log.info("worker_ending")
        ending.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await run(settings, queues, ending)


def main() -> None:
    """Runs the worker as a program."""
    names = [TASK_QUEUE, CPU_TASK_QUEUE]
    parser = argparse.ArgumentParser(description="Runs a worker of Dal Segno.")
    parser.add_argument("--queues", nargs="+", choices=names, help="the task queues to work for (all)")
    queues = parser.parse_args().queues
    # Each process of heavy work loads this file anew, as the program that it comes from: what the file imports shall
    # be there already. The server of processes looks for it where its environment says, not where this program does.
    here, elsewhere = str(Path(__file__).parent), os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{here}{os.pathsep}{elsewhere}" if elsewhere else here
    preload("worker")
    try:
        settings = load_settings()
        configure_logs(settings.log_format, settings.secrets)
        asyncio.run(_run_until_signalled(settings, queues))
    except (SettingsError, UnreachableError) as error:
        sys.stderr.write(f"{error}\n")
        leave_at_once(2 if isinstance(error, SettingsError) else 3)
    leave_at_once(0)


if __name__ == "__main__":
    main()
