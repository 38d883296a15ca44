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
from activities.extract_clip import ClipExtraction
from activities.failures import TranslateErrors
from activities.fit_music import MusicFitting
from activities.generate_music import Generation
from activities.housekeeping import Housekeeping
from activities.identify_song import SongIdentification
from activities.job_records import JobRecording
from activities.paid_generation import PaidGeneration
from activities.payment_decisions import PaymentDecisions
from activities.payments import Payments
from activities.processes import keep_sockets_in, load_no_program
from activities.provider_slots import ProviderSlots
from activities.publish_music import Publication
from activities.scratch import Scratch
from activities.staging import Staging
from activities.task_providers import TaskProviders
from dalsegno.adapters import (
    build_catalog,
    build_clips,
    build_database,
    build_ledger,
    build_providers,
    build_recognisers,
    build_records,
    build_store,
    build_task_providers,
)
from dalsegno.errors import (
    DatabaseUnavailable,
    SettingsError,
    StorageDenied,
    StorageUnavailable,
    UnreachableError,
)
from dalsegno.models import CPU_TASK_QUEUE, REFERENCE_TASK_QUEUE, SUBMIT_TASK_QUEUE, TASK_QUEUE
from dalsegno.ports import (
    ClipSource,
    JobRecords,
    Ledger,
    MusicProvider,
    ObjectStore,
    SongRecogniser,
    TaskProvider,
)
from dalsegno.runtime.accounts import tell_of_accounts
from dalsegno.runtime.connection import connect
from dalsegno.runtime.host import QueueWork, serve
from dalsegno.runtime.leaving import leave_at_once
from dalsegno.runtime.logs import configure_logs
from dalsegno.runtime.one_database import compare_databases
from dalsegno.settings import Settings, load_settings
from workflows.dead_letters import DiscardMusic, ForgottenMusic, RetryMusic
from workflows.generate_music import GenerateMusic
from workflows.housekeeping import MusicHousekeeping
from workflows.provider_gate import ProviderGate

if TYPE_CHECKING:
    from temporalio.client import Client

    from dalsegno.records.database import Database

log = structlog.get_logger(__name__)
INTERCEPTORS = [TranslateErrors()]

# Submissions of one process; they take about a second each.
SUBMISSIONS_AT_ONCE = 2
# How long the worker waits for its database and its object store when it starts, in seconds. Without them it goes
# on, as jobs do.
_DATABASE_SECONDS = 5.0
_STORE_SECONDS = 5.0


def assemble(
    settings: Settings,
    *,
    store: ObjectStore,
    records: JobRecords,
    ledger: Ledger,
    scratch: Scratch,
    providers: Mapping[str, MusicProvider],
    task_providers: Mapping[str, TaskProvider],
    clips: ClipSource,
    recognisers: Sequence[SongRecogniser],
) -> list[QueueWork]:
    """All that a worker does, by task queue."""
    recording, staging = JobRecording(records, store), Staging(store)
    dead_letters, housekeeping = DeadLetters(records), Housekeeping(records, store)
    payments, with_keys = Payments(ledger), TaskProviders(task_providers)
    paid = PaidGeneration(payments, store, scratch, with_keys)
    slots = ProviderSlots(ledger, with_keys)
    decisions = PaymentDecisions(payments, with_keys)
    return [
        QueueWork(
            TASK_QUEUE,
            workflows=[
                GenerateMusic,
                ProviderGate,
                RetryMusic,
                DiscardMusic,
                ForgottenMusic,
                MusicHousekeeping,
            ],
            activities=[
                recording.open_job,
                recording.save_job,
                paid.find_task,
                paid.await_task,
                paid.keep_music,
                slots.request_slot,
                slots.free_slots,
                decisions.adopt_task,
                decisions.payment_in_doubt,
                decisions.order_payment,
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
                MusicFitting(store, scratch, payments).fit_music,
            ],
            concurrency=settings.worker_concurrency,
        ),
        QueueWork(
            REFERENCE_TASK_QUEUE,
            activities=[
                ClipExtraction(store, scratch, clips).extract_clip,
                SongIdentification(store, scratch, recognisers).identify_song,
            ],
            concurrency=settings.worker_concurrency,
        ),
        # A kill takes down all that this process is just submitting, and nobody knows what became of that.
        QueueWork(SUBMIT_TASK_QUEUE, activities=[paid.submit_task], concurrency=SUBMISSIONS_AT_ONCE),
    ]


async def run(settings: Settings, queues: Sequence[str] | None, ending: asyncio.Event) -> None:
    """Runs a worker for the named queues (all by default) until `ending` is set."""
    async with AsyncExitStack() as held:
        task_providers = build_task_providers(settings)
        for provider in task_providers.values():
            held.push_async_callback(provider.close)
        store = build_store(settings)
        await _check_store(store)
        database = build_database(settings)
        held.push_async_callback(database.close)
        records = build_records(database)
        await _check(database)
        scratch = held.enter_context(Scratch(settings.scratch_folder))
        keep_sockets_in(scratch.own)
        work = assemble(
            settings,
            store=store,
            records=records,
            ledger=build_ledger(database),
            scratch=scratch,
            providers=build_providers(),
            task_providers=task_providers,
            clips=build_clips(settings),
            recognisers=build_recognisers(settings, build_catalog(database)),
        )
        client = await connect(settings)
        comparing = asyncio.create_task(compare_databases(client, database.identity))
        held.callback(comparing.cancel)
        await asyncio.wait({comparing}, timeout=_DATABASE_SECONDS)
        if comparing.done():  # before it takes any work
            comparing.result()
        held.callback(asyncio.create_task(tell_of_accounts(task_providers)).cancel)
        chosen = [each for each in work if queues is None or each.task_queue in queues]
        log.info("worker_started", queues=[each.task_queue for each in chosen])
        await _serve(client, chosen, comparing, ending)
        log.info("worker_ended")


async def _serve(
    client: "Client", work: Sequence[QueueWork], comparing: asyncio.Task[None], ending: asyncio.Event
) -> None:
    """Works until `ending` is set, or until it is found that this worker must not.

    Without its database a worker can still tell of jobs and render, and steps that need it wait. But nothing is
    ordered before its database is known to be that of all: payments are what two ledgers would double, and no other
    queue pays.
    """
    paid = [each for each in work if each.task_queue == SUBMIT_TASK_QUEUE]
    others = [each for each in work if each not in paid]
    parts = [
        asyncio.create_task(serve(client, others, INTERCEPTORS, ending)),
        asyncio.create_task(_serve_after(comparing, client, paid, ending)),
    ]
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.set()  # where one of them can't go on, none shall
        await asyncio.wait(parts)
    for part in parts:
        part.result()


async def _serve_after(
    comparing: asyncio.Task[None], client: "Client", work: Sequence[QueueWork], ending: asyncio.Event
) -> None:
    told_to_end = asyncio.create_task(ending.wait())
    await asyncio.wait({comparing, told_to_end}, return_when=asyncio.FIRST_COMPLETED)
    told_to_end.cancel()
    if comparing.done():
        comparing.result()
        await serve(client, work, INTERCEPTORS, ending)


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


async def _check_store(store: ObjectStore) -> None:
    """Asks the object store once, to the same end.

    Raises:
        SettingsError: it refuses the credentials, or has no such bucket.
    """
    try:
        async with asyncio.timeout(_STORE_SECONDS):
            await store.stat("-")  # no job writes there
    except StorageDenied as error:
        raise SettingsError(str(error)) from error
    except (StorageUnavailable, TimeoutError) as error:
        log.warning("storage_unavailable", message=str(error) or "The object store does not answer in time.")


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
    names = [TASK_QUEUE, CPU_TASK_QUEUE, REFERENCE_TASK_QUEUE, SUBMIT_TASK_QUEUE]
    parser = argparse.ArgumentParser(description="Runs a worker of Dal Segno.")
    parser.add_argument("--queues", nargs="+", choices=names, help="the task queues to work for (all)")
    queues = parser.parse_args().queues
    # The server of processes for heavy work looks for our packages where its environment says, not where this program
    # does.
    here, elsewhere = str(Path(__file__).parent), os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{here}{os.pathsep}{elsewhere}" if elsewhere else here
    load_no_program()
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
