"""Step generating by a paid task: submitted once, awaited, and its music kept at once."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity

from activities.heartbeat import Heartbeat, handed_over, heartbeat, unless_shutdown
from activities.payments import Payments, Sending, ended_without_music
from activities.scratch import Scratch
from activities.staging import stage_file
from activities.task_providers import TaskProviders
from dalsegno.brief import brief_of
from dalsegno.errors import (
    DownloadFailed,
    GenerationRejected,
    GenerationTimedOut,
    ProviderUnavailable,
    TaskGone,
)
from dalsegno.models import Model, MusicJob, ReferenceSong, SceneContext, StoredObject
from dalsegno.ports import LedgerEntry, ObjectStore, TaskProvider

# A piece takes its service less than a minute, and longer where others wait before it.
LONGEST_TASK = timedelta(minutes=30)

# Services answer "not found" also before all of their machines know a task. After this time it is meant.
_KNOWN_WITHIN = timedelta(hours=1)

# How far each part takes the step.
SUBMITTED, AWAITED, DOWNLOADED = 0.02, 0.6, 0.7
# The share of the waiting that is over after this time is about two thirds, in seconds.
_USUAL_SECONDS = 45.0


class PayForMusic(Model):
    """The job, its scenes and its reference song where it has any."""

    job: MusicJob
    scene_context: SceneContext | None
    reference_song: ReferenceSong | None = None


class PaidTask(Model):
    """A task that is paid for, and which of the job's payments it was, from 1."""

    job_id: str
    provider: str
    ordinal: int
    task_id: str


class FindTask(Model):
    """Whose task, and at which provider."""

    job_id: str
    provider: str


class PaidGeneration:
    """The activities of the step generating, for providers that are paid by the task."""

    def __init__(
        self,
        payments: Payments,
        store: ObjectStore,
        scratch: Scratch,
        providers: TaskProviders,
    ) -> None:
        self._payments = payments
        self._store = store
        self._scratch = scratch
        self._providers = providers

    @activity.defn
    async def find_task(self, finding: FindTask) -> PaidTask | None:
        """The task that the job has already, so that it isn't paid for twice; None if it may be submitted.

        Raises:
            SubmissionUnknown: a request was sent and nothing tells whether it was accepted.
            GenerationRejected: the task has ended without music.
            AuthenticationFailed: this worker has no key for the provider.
        """
        entry = await self._payments.find(finding.job_id)
        if entry is None or entry.kept_key is None:
            self._providers[finding.provider]  # without a key nothing is begun
        return _task_of(entry) if entry else None

    @activity.defn
    async def submit_task(self, paying: PayForMusic) -> PaidTask:
        """Submits the job to its provider, which is paid for; returns the task that is there already if there is one.

        Raises:
            SubmissionUnknown: the answer was lost: it is not sent again.
            GenerationRejected: the task that was paid for has ended without music.
        """
        job = paying.job
        provider = self._providers[job.provider]
        brief = brief_of(
            job.request, seed=job.seed, context=paying.scene_context, reference=paying.reference_song
        )
        if activity.is_worker_shutdown():  # what is submitted now might not be answered in time
            raise handed_over()
        async with heartbeat() as beating:
            sending = Sending(never_sent=frozenset(beating.remembered))
            beating.report(0.0, f"Submitting to {job.provider}")
            try:
                entry = await _unless_it_has_left(
                    self._payments.pay(
                        job,
                        lambda about_to_send: provider.submit(brief, about_to_send=about_to_send),
                        sending,
                    ),
                    sending,
                )
            except BaseException:
                if not sending.left:
                    # The ledger may say that it is being sent: its last write may have been done though it failed.
                    beating.remember(sending.attempt)
                raise
        return _task_of(entry)

    @activity.defn
    async def await_task(self, task: PaidTask) -> None:
        """Waits until the task has ended with music.

        Raises:
            GenerationRejected: it ended without.
            GenerationTimedOut: it takes too long.
        """
        entry = await self._payments.accept(task.job_id, task.ordinal, task.task_id)
        if entry.state == "succeeded":
            return
        provider = self._providers[task.provider]
        async with heartbeat() as beating:
            await unless_shutdown(self._await(provider, entry, beating))

    @activity.defn
    async def keep_music(self, task: PaidTask) -> StoredObject:
        """Downloads what the task has made into the job's staging; what is there already is not fetched again.

        Raises:
            DownloadFailed: it didn't arrive whole, or is no audio.
            GenerationRejected: the provider keeps it no longer.
        """
        entry = await self._payments.accept(task.job_id, task.ordinal, task.task_id)
        if kept := await self._kept(entry):
            return kept
        provider = self._providers[task.provider]
        async with heartbeat() as beating, self._scratch.folder() as folder:

            def report(fraction: float, message: str) -> None:
                beating.report(AWAITED + (DOWNLOADED - AWAITED) * fraction, message)

            async def download() -> StoredObject:
                try:
                    file = await provider.download(task.task_id, folder, report)
                except GenerationRejected as error:
                    if isinstance(error, TaskGone) and _is_young(entry):
                        raise DownloadFailed(f"{error} It is tried again for a while.") from None
                    await self._payments.reject(entry, str(error))
                    raise
                stored = await stage_file(self._store, task.job_id, file.name, file)
                await self._payments.keep(entry, stored)
                return stored

            return await unless_shutdown(download())

    async def _await(self, provider: TaskProvider, entry: LedgerEntry, beating: Heartbeat) -> None:
        assert entry.task_id
        began = activity.info().scheduled_time
        while True:
            waited = datetime.now(UTC) - began
            try:
                task = await provider.task(entry.task_id)
            except TaskGone as error:
                if _is_young(entry):
                    raise ProviderUnavailable(f"{error} It is asked again for a while.") from None
                await self._payments.reject(entry, str(error))
                raise
            match task.state:
                case "succeeded":
                    await self._payments.succeed(entry)
                    return
                case "failed":
                    reason = task.reason or "it gives no reason."
                    await self._payments.reject(entry, reason)
                    raise GenerationRejected(ended_without_music(entry, reason))
                case "waiting" | "running":
                    doing = "waits for its turn" if task.state == "waiting" else "makes the music"
                    seconds = waited.total_seconds()
                    beating.report(
                        SUBMITTED + (AWAITED - SUBMITTED) * seconds / (seconds + _USUAL_SECONDS / 2),
                        f"{entry.provider} {doing}, for {seconds:.0f} s now",
                    )
            if waited > LONGEST_TASK:
                raise GenerationTimedOut(
                    f"The task {entry.task_id} at {entry.provider} has not ended within "
                    f"{LONGEST_TASK.total_seconds() / 60:.0f} minutes. A retry waits on; it doesn't pay again."
                )
            await asyncio.sleep(provider.poll_seconds)

    async def _kept(self, entry: LedgerEntry) -> StoredObject | None:
        if entry.kept_key is None:
            return None
        there = await self._store.stat(entry.kept_key)
        return there if there and there.sha256 == entry.kept_sha256 else None


async def _unless_it_has_left(paying: Coroutine[Any, Any, LedgerEntry], sending: Sending) -> LedgerEntry:
    """Pays, or is cancelled; but an answer that is on its way is waited for, as long as the worker isn't ending."""
    payment = asyncio.ensure_future(paying)
    ending = asyncio.ensure_future(activity.wait_for_worker_shutdown())
    cancelled = False
    waited: set[asyncio.Future[Any]] = {payment}
    try:
        while not payment.done():
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                # An activity is cancelled once: if the worker ends later on, nobody says so again.
                cancelled = True
                waited = {payment, ending}
            if cancelled and (not sending.left or activity.is_worker_shutdown()):
                payment.cancel()
                waited = {payment}
    finally:
        ending.cancel()
    if cancelled and not payment.cancelled():
        payment.exception()  # the ledger has it, and whoever asks next
        raise asyncio.CancelledError
    return await payment


def _is_young(entry: LedgerEntry) -> bool:
    """Whether a service may not know a task, or not have put its music there, only because it is so new."""
    return datetime.now(UTC) - entry.created_at < _KNOWN_WITHIN


def _task_of(entry: LedgerEntry) -> PaidTask:
    assert entry.task_id
    return PaidTask(
        job_id=entry.job_id, provider=entry.provider, ordinal=entry.ordinal, task_id=entry.task_id
    )
