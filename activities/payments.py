"""When a job may be paid for: the rules over the ledger.

A provider has neither an idempotency key nor a look-up, so a request whose answer was lost is never sent again. The
ledger says `sending` before the request leaves; who finds that later knows that it may have been paid for.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.exceptions import ApplicationError

from dalsegno.errors import (
    DalSegnoError,
    DatabaseUnavailable,
    GenerationRejected,
    InvalidRequest,
    ProviderBusy,
    SubmissionUnknown,
)
from dalsegno.models import MusicJob, StoredObject
from dalsegno.ports import Ledger, LedgerEntry

log = structlog.get_logger(__name__)

# From the entry in the ledger to the request: milliseconds. A process that was frozen in between and wakes up later
# than this doesn't send. Clocks of machines may differ by as much as is left between the two.
SEND_WITHIN = timedelta(seconds=10)
DEADLINE = timedelta(seconds=20)
# For how long an answer is offered to a database that is away, in seconds.
_PATIENCE_SECONDS = 8.0
_AGAIN_SECONDS = 0.2

# Nothing is under way, and what was sent was surely not accepted.
FREE_TO_SEND = {"ordered", "refused"}
_IN_DOUBT = {"unknown", "rejected"}


def standing(entry: LedgerEntry | None, now: datetime) -> LedgerEntry | None:
    """The entry whose task is there; None where nothing is in the way of a submission.

    Raises:
        SubmissionUnknown: a request was sent and nothing tells whether it was accepted.
        GenerationRejected: the task that was paid for has ended without music.
        ApplicationError: a request may be leaving at this moment; retried when that is over.
    """
    if entry is None or entry.state in FREE_TO_SEND:
        return None
    if is_in_doubt(entry, now):
        raise _doubt(entry)
    match entry.state:
        case "sending":
            assert entry.deadline
            raise ApplicationError(
                "An earlier attempt may be sending its request at this moment: waiting until that is over.",
                type=ProviderBusy.__name__,
                next_retry_delay=max(entry.deadline - now, timedelta(0)) + timedelta(milliseconds=100),
            )
        case "rejected":
            raise GenerationRejected(ended_without_music(entry, entry.reason))
        case _:
            return entry


def ended_without_music(entry: LedgerEntry, reason: str | None) -> str:
    """What a job says whose task was paid for in vain."""
    return f"The task {entry.task_id} at {entry.provider}, which is paid for, ended without music: {reason}"


def is_in_doubt(entry: LedgerEntry, now: datetime) -> bool:
    """Whether a request was sent of which nothing tells whether it was accepted."""
    expired = entry.state == "sending" and entry.deadline is not None and entry.deadline <= now
    return expired or entry.state == "unknown"


def _doubt(entry: LedgerEntry) -> SubmissionUnknown:
    sent = f"{entry.sent_at:%Y-%m-%d %H:%M:%S} UTC" if entry.sent_at else "an unknown time"
    why = entry.reason or "The worker that sent it died before it had the answer."
    return SubmissionUnknown(
        f"A request was sent to {entry.provider} at {sent}; whether it was accepted, and paid for, is not known. {why}"
    )


@dataclass
class Sending:
    """One attempt to send a request.

    Attributes:
        never_sent: earlier attempts that surely ended before they had sent anything, whatever the ledger says.
        attempt: a new random id.
        left: whether the request may have been accepted.
    """

    never_sent: frozenset[str]
    attempt: str = field(default_factory=lambda: str(uuid.uuid4()))
    left: bool = False


class Payments:
    """The payments of jobs, by the ledger."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._ledger = ledger
        self._clock = clock

    async def find(self, job_id: str) -> LedgerEntry | None:
        """The task that a job has at its provider. See `standing`."""
        return standing(await self._ledger.latest(job_id), self._clock())

    async def pay(
        self,
        job: MusicJob,
        submit: Callable[[Callable[[], Awaitable[datetime]]], Awaitable[str]],
        sending: Sending,
    ) -> LedgerEntry:
        """Submits the job, unless that was done before; returns the entry with its task.

        After the service has accepted nothing is raised any more.

        Args:
            job: what is paid for.
            submit: sends the request; awaits what it is given right before that.
            sending: this attempt; told when the request leaves.

        Raises:
            SubmissionUnknown, GenerationRejected, ApplicationError: see `standing`.
            DalSegnoError: it was surely not accepted.
        """
        latest = await self._ledger.latest(job.job_id)
        if latest and latest.state == "sending" and latest.attempt in sending.never_sent:
            freed = replace(latest, state="refused", updated_at=self._clock())
            latest = (
                freed if await self._ledger.replace(latest, freed) else await self._ledger.latest(job.job_id)
            )
        if found := standing(latest, self._clock()):
            return found
        leaving: list[LedgerEntry] = []

        async def about_to_send() -> datetime:
            now = self._clock()
            entry = LedgerEntry(
                job_id=job.job_id,
                ordinal=latest.ordinal if latest else 1,
                provider=job.provider,
                customer_id=job.request.customer_id,
                state="sending",
                created_at=latest.created_at if latest else now,
                updated_at=now,
                attempt=sending.attempt,
                deadline=now + DEADLINE,
                sent_at=now,
            )
            taken = await (self._ledger.replace(latest, entry) if latest else self._ledger.add(entry))
            if not taken:
                raise ApplicationError(
                    "Another attempt has just begun to send its request.",
                    type=ProviderBusy.__name__,
                    next_retry_delay=timedelta(seconds=1),
                )
            leaving.append(entry)
            sending.left = True
            return now + SEND_WITHIN

        try:
            task_id = await submit(about_to_send)
        except SubmissionUnknown as error:
            if not leaving:
                raise
            await self._settle(leaving[0], replace(leaving[0], state="unknown", reason=str(error)))
            raise _doubt(replace(leaving[0], reason=str(error))) from error
        except DalSegnoError as error:
            if leaving:
                sending.left = False  # surely not accepted, also where the ledger can't be told
                await self._settle(leaving[0], replace(leaving[0], state="refused", reason=str(error)))
            raise
        accepted = replace(leaving[0], state="accepted", task_id=task_id, updated_at=self._clock())
        await self._settle(leaving[0], accepted)
        return accepted

    async def accept(self, job_id: str, ordinal: int, task_id: str) -> LedgerEntry:
        """Sees that the ledger has the task which a submission has returned. Done already counts as done.

        Raises:
            SubmissionUnknown: another payment was ordered since.
        """
        entry = await self._ledger.latest(job_id)
        if (
            entry
            and entry.ordinal == ordinal
            and entry.task_id is None
            and entry.state in {"sending", "unknown"}
        ):
            accepted = replace(
                entry, state="accepted", task_id=task_id, reason=None, updated_at=self._clock()
            )
            if await self._ledger.replace(entry, accepted):
                return accepted
            entry = await self._ledger.latest(job_id)
        if entry is None or entry.task_id != task_id:
            raise SubmissionUnknown(f"The job's payment is another one by now than for the task {task_id}.")
        return entry

    async def succeed(self, entry: LedgerEntry) -> None:
        """The task has ended with music."""
        if entry.state != "succeeded":
            await self._ledger.replace(entry, replace(entry, state="succeeded", updated_at=self._clock()))

    async def reject(self, entry: LedgerEntry, reason: str) -> None:
        """The task has ended without music, or its music is there no longer."""
        await self._ledger.replace(
            entry, replace(entry, state="rejected", reason=reason, updated_at=self._clock())
        )

    async def keep(self, entry: LedgerEntry, kept: StoredObject) -> None:
        """What the task has made lies in the job's staging."""
        after = replace(entry, kept_key=kept.key, kept_bytes=kept.bytes, kept_sha256=kept.sha256)
        await self._ledger.replace(entry, replace(after, updated_at=self._clock()))

    async def forget_kept(self, entry: LedgerEntry) -> None:
        """What was kept is of no use: it is to be downloaded anew."""
        after = replace(entry, kept_key=None, kept_bytes=None, kept_sha256=None)
        await self._ledger.replace(entry, replace(after, updated_at=self._clock()))

    async def to_adopt(self, job_id: str, task_id: str) -> LedgerEntry | None:
        """The entry for which a person names the task; None if it has that task already.

        Raises:
            InvalidRequest: nothing is in doubt, it is too early to say, or the task belongs to another job.
        """
        entry = await self._doubtful(
            job_id,
            done=lambda entry: entry.task_id == task_id and entry.state != "rejected",
            # Another payment was ordered, and not sent yet, when the task was found after all.
            also="ordered",
        )
        owner = await self._ledger.of_task(entry.provider, task_id) if entry else None
        if owner and owner.job_id != job_id:
            raise InvalidRequest(f"The task {task_id} belongs to the job {owner.job_id}.")
        return entry

    async def adopt(self, entry: LedgerEntry, task_id: str) -> None:
        """Makes the task that of the entry."""
        adopted = replace(
            entry,
            state="accepted",
            task_id=task_id,
            reason=None,
            kept_key=None,  # of another task, perhaps
            kept_bytes=None,
            kept_sha256=None,
            updated_at=self._clock(),
        )
        if not await self._ledger.replace(entry, adopted):
            raise DatabaseUnavailable("The ledger has changed meanwhile: it is looked at again.")

    async def ordinal_in_doubt(self, job_id: str) -> int:
        """The ordinal of the payment after which a person orders another.

        Raises:
            InvalidRequest: nothing is in doubt, or it is too early to say.
        """
        entry = await self._doubtful(job_id, done=lambda entry: entry.state == "ordered")
        if entry is None:
            ordered = await self._ledger.latest(job_id)
            assert ordered
            return ordered.ordinal - 1
        return entry.ordinal

    async def order_another(self, job_id: str, after: int) -> None:
        """A person orders another payment than the one with the ordinal `after`. Done already counts as done."""
        latest = await self._ledger.latest(job_id)
        if latest is None or latest.ordinal != after:
            return
        now = self._clock()
        await self._ledger.add(
            LedgerEntry(
                job_id=job_id,
                ordinal=after + 1,
                provider=latest.provider,
                customer_id=latest.customer_id,
                state="ordered",
                created_at=now,
                updated_at=now,
            )
        )

    async def _doubtful(
        self, job_id: str, *, done: Callable[[LedgerEntry], bool], also: str | None = None
    ) -> LedgerEntry | None:
        """The entry that a person has to decide on; None if the decision is `done`."""
        entry, now = await self._ledger.latest(job_id), self._clock()
        if entry and done(entry):
            return None
        if entry and entry.state == "sending" and not is_in_doubt(entry, now):
            assert entry.deadline
            raise InvalidRequest(
                f"A request of the job {job_id} may still be leaving: try again after {entry.deadline:%H:%M:%S} UTC."
            )
        if entry and entry.state in ("accepted", "succeeded"):
            raise InvalidRequest(
                f"The task of the job {job_id} is known, nothing is in doubt: go on with --adopt {entry.task_id}."
            )
        if entry is None or not (entry.state in (*_IN_DOUBT, also) or is_in_doubt(entry, now)):
            raise InvalidRequest(
                f"No payment of the job {job_id} is in doubt: a plain retry goes on from there."
            )
        return entry

    async def _settle(self, before: LedgerEntry, after: LedgerEntry) -> None:
        """Writes what became of a request. What the ledger isn't told is settled by whoever asks it next."""
        after = replace(after, updated_at=self._clock())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while True:
                    try:
                        await self._ledger.replace(before, after)
                    except DatabaseUnavailable:
                        await asyncio.sleep(_AGAIN_SECONDS)
                    else:
                        return
        except Exception as error:  # noqa: BLE001  (whatever it is: what became of the request stands)
            log.warning(
                "ledger_not_told", job_id=before.job_id, state=after.state, error=type(error).__name__
            )
