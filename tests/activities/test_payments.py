"""When a job may be paid for: each way that a submission can end, or be found by whoever comes later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.payments import DEADLINE, SEND_WITHIN, Payments, Sending
from dalsegno.errors import (
    DatabaseUnavailable,
    GenerationRejected,
    InvalidRequest,
    ProviderBusy,
    SubmissionUnknown,
)
from dalsegno.models import BaseRequest, MusicJob, StoredObject
from dalsegno.ports import LedgerEntry
from dalsegno.records.memory_ledger import MemoryLedger

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
JOB = MusicJob(
    job_id="job-1",
    request=BaseRequest(customer_id="acme", duration=60.0, mood="calm"),
    request_sha256="0" * 64,
    provider="mureka",
    seed=1,
)


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def forward(self, by: timedelta) -> None:
        """Sets it forward."""
        self.now += by


class Provider:
    """Submits, and counts what has left; each time the next of the outcomes."""

    def __init__(self, *outcomes: str | BaseException) -> None:
        self.outcomes = list(outcomes)
        self.sent = 0

    async def submit(self, about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        """As a provider does."""
        await about_to_send()
        self.sent += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class MovingLedger(MemoryLedger):
    """A ledger that does something before or after a write, as databases do."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    async def add(self, entry: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        self.before()
        added = await super().add(entry)
        self.after()
        return added

    async def replace(self, before: LedgerEntry, after: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        self.before()
        replaced = await super().replace(before, after)
        self.after()
        return replaced


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
def ledger() -> MovingLedger:
    """An empty ledger."""
    return MovingLedger()


@pytest.fixture
def payments(ledger: MovingLedger, clock: Clock) -> Payments:
    """The rules over it."""
    return Payments(ledger, clock)


async def pay(
    payments: Payments, provider: Provider, never_sent: frozenset[str] = frozenset()
) -> LedgerEntry:
    """One attempt."""
    return await payments.pay(JOB, provider.submit, Sending(never_sent))


async def adopt(payments: Payments, task_id: str) -> None:
    """A person names the task."""
    if entry := await payments.to_adopt("job-1", task_id):
        await payments.adopt(entry, task_id)


def fail(error: Exception) -> Callable[[], None]:
    """Something that raises."""

    def raise_it() -> None:
        raise error

    return raise_it


async def state(ledger: MovingLedger) -> tuple[str, int]:
    """How the latest entry stands, and which it is."""
    entry = await ledger.latest("job-1")
    assert entry
    return entry.state, entry.ordinal


async def test_the_ledger_says_sending_before_the_request_leaves(
    payments: Payments, ledger: MovingLedger
) -> None:
    """With a deadline, and who sends."""

    async def submit(about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        assert await ledger.latest("job-1") is None
        await about_to_send()
        entry = await ledger.latest("job-1")
        assert entry
        assert (entry.state, entry.deadline, entry.sent_at) == ("sending", NOON + DEADLINE, NOON)
        assert entry.attempt
        return "17"

    entry = await payments.pay(JOB, submit, Sending(frozenset()))
    assert (entry.state, entry.task_id) == ("accepted", "17")
    assert await ledger.latest("job-1") == entry


async def test_a_task_that_is_there_is_taken_over(payments: Payments) -> None:
    """By the next attempt, a new run, another machine."""
    first = await pay(payments, Provider("17"))
    again = Provider()
    assert await pay(payments, again) == first
    assert await payments.find("job-1") == first
    assert again.sent == 0


async def test_a_lost_answer_is_never_sent_again(payments: Payments, ledger: MovingLedger) -> None:
    """Whoever asks, and whenever."""
    with pytest.raises(SubmissionUnknown, match=r"2026-11-01 12:00:00 UTC.*cut off"):
        await pay(payments, Provider(SubmissionUnknown("It was cut off.")))
    assert await state(ledger) == ("unknown", 1)
    again = Provider()
    with pytest.raises(SubmissionUnknown, match="cut off"):
        await pay(payments, again)
    with pytest.raises(SubmissionUnknown):
        await payments.find("job-1")
    assert again.sent == 0


async def test_an_attempt_that_died_while_sending_is_waited_for_then_unknown(
    payments: Payments, ledger: MovingLedger, clock: Clock
) -> None:
    """Before its deadline it may be sending still."""
    with pytest.raises(asyncio.CancelledError):
        await pay(payments, Provider(asyncio.CancelledError()))
    assert await state(ledger) == ("sending", 1)
    again = Provider()
    clock.forward(DEADLINE - timedelta(seconds=1))
    with pytest.raises(ApplicationError) as waiting:
        await pay(payments, again)
    assert not waiting.value.non_retryable
    assert waiting.value.next_retry_delay
    assert timedelta(seconds=1) <= waiting.value.next_retry_delay < timedelta(seconds=2)
    clock.forward(timedelta(seconds=1))
    with pytest.raises(SubmissionUnknown, match="died before it had the answer"):
        await pay(payments, again)
    assert again.sent == 0


async def test_what_was_surely_not_accepted_is_sent_again_under_the_same_ordinal(
    payments: Payments, ledger: MovingLedger
) -> None:
    """It was no payment."""
    provider = Provider(ProviderBusy("Slow down."), "17")
    with pytest.raises(ProviderBusy):
        await pay(payments, provider)
    assert await state(ledger) == ("refused", 1)
    await pay(payments, provider)
    assert await state(ledger) == ("accepted", 1)
    assert provider.sent == 2


async def test_a_request_may_leave_until_well_before_its_deadline(payments: Payments) -> None:
    """Clocks of machines differ; whoever sends looks at the clock in the step that sends."""

    async def submit(about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        assert await about_to_send() == NOON + SEND_WITHIN
        return "17"

    await payments.pay(JOB, submit, Sending(frozenset()))
    assert SEND_WITHIN * 2 <= DEADLINE


async def test_of_two_attempts_at_once_one_sends(payments: Payments, ledger: MovingLedger) -> None:
    """The other one is refused by the ledger, also where both have found it empty."""
    meeting = asyncio.Barrier(2)
    sent: list[str] = []

    async def submit(about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        await meeting.wait()
        await about_to_send()
        sent.append("x")
        return str(len(sent))

    attempts = [payments.pay(JOB, submit, Sending(frozenset())) for _ in range(2)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len(sent) == 1
    assert sum(isinstance(outcome, ApplicationError) for outcome in outcomes) == 1


async def test_after_acceptance_nothing_is_raised(
    payments: Payments, ledger: MovingLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that is away then would turn a paid task into an unknown one; the task is told it later."""
    monkeypatch.setattr("activities.payments._PATIENCE_SECONDS", 0.05)
    ledger.after = lambda: setattr(ledger, "before", fail(DatabaseUnavailable("Away.")))
    entry = await pay(payments, Provider("17"))
    assert entry.task_id == "17"
    assert await state(ledger) == ("sending", 1)
    ledger.before = ledger.after = lambda: None
    assert (await payments.accept("job-1", 1, "17")).state == "accepted"
    assert await state(ledger) == ("accepted", 1)


async def test_a_ledger_that_comes_back_in_time_is_told(payments: Payments, ledger: MovingLedger) -> None:
    """What became of a request is offered more than once."""
    failures = iter([None, DatabaseUnavailable("Away."), None])

    def now_and_then() -> None:
        if error := next(failures):
            raise error

    ledger.before = now_and_then
    await pay(payments, Provider("17"))
    assert await state(ledger) == ("accepted", 1)


async def test_a_write_that_was_done_though_it_failed_is_no_payment(
    payments: Payments, ledger: MovingLedger
) -> None:
    """The attempt knows that it has sent nothing, and leaves word for the next."""
    ledger.after = fail(DatabaseUnavailable("Away."))
    provider, sending = Provider("17"), Sending(frozenset())
    with pytest.raises(DatabaseUnavailable):
        await payments.pay(JOB, provider.submit, sending)
    assert not sending.left
    assert await state(ledger) == ("sending", 1)
    ledger.after = lambda: None
    await pay(payments, provider, frozenset({sending.attempt}))
    assert provider.sent == 1
    assert await state(ledger) == ("accepted", 1)


async def test_another_attempts_entry_is_not_taken_for_ones_own(
    payments: Payments, ledger: MovingLedger
) -> None:
    """The word is about one attempt alone."""
    with pytest.raises(asyncio.CancelledError):
        await pay(payments, Provider(asyncio.CancelledError()))
    with pytest.raises(ApplicationError):
        await pay(payments, Provider(), frozenset({"somebody"}))


@pytest.mark.parametrize("found", ["unknown", "rejected", "expired"])
async def test_a_person_may_order_another(
    payments: Payments, ledger: MovingLedger, clock: Clock, found: str
) -> None:
    """Once: also when the order is carried out twice, or late."""
    await in_doubt(payments, ledger, clock, found)
    ordinal = await payments.ordinal_in_doubt("job-1")
    assert ordinal == 1
    await payments.order_another("job-1", ordinal)
    await payments.order_another("job-1", ordinal)
    assert await state(ledger) == ("ordered", 2)
    assert await payments.ordinal_in_doubt("job-1") == 1
    assert await payments.find("job-1") is None
    await pay(payments, Provider("18"))
    assert await state(ledger) == ("accepted", 2)
    await payments.order_another("job-1", ordinal)
    assert await state(ledger) == ("accepted", 2)


@pytest.mark.parametrize("found", ["unknown", "rejected", "expired"])
async def test_a_person_may_name_the_task(
    payments: Payments, ledger: MovingLedger, clock: Clock, found: str
) -> None:
    """Which is then the job's, under the same ordinal."""
    await in_doubt(payments, ledger, clock, found)
    await adopt(payments, "99")
    await adopt(payments, "99")
    entry = await payments.find("job-1")
    assert entry
    assert (entry.task_id, entry.ordinal) == ("99", 1)


async def in_doubt(payments: Payments, ledger: MovingLedger, clock: Clock, found: str) -> None:
    """Brings the job's payment to where a person has to decide."""
    match found:
        case "unknown":
            with pytest.raises(SubmissionUnknown):
                await pay(payments, Provider(SubmissionUnknown("Lost.")))
        case "rejected":
            entry = await pay(payments, Provider("17"))
            await payments.reject(entry, "no such style")
            with pytest.raises(GenerationRejected, match=r"17.*no such style"):
                await payments.find("job-1")
        case _:
            with pytest.raises(asyncio.CancelledError):
                await pay(payments, Provider(asyncio.CancelledError()))
            clock.forward(DEADLINE)


async def test_before_the_deadline_nobody_decides(payments: Payments, clock: Clock) -> None:
    """The request may be leaving still."""
    with pytest.raises(asyncio.CancelledError):
        await pay(payments, Provider(asyncio.CancelledError()))
    clock.forward(DEADLINE - timedelta(seconds=1))
    with pytest.raises(InvalidRequest, match="try again after 12:00:20 UTC"):
        await payments.ordinal_in_doubt("job-1")
    with pytest.raises(InvalidRequest, match="try again after"):
        await adopt(payments, "99")


@pytest.mark.parametrize("stands", ["nothing", "refused", "accepted", "succeeded"])
async def test_where_nothing_is_in_doubt_nobody_needs_to_decide(
    payments: Payments, ledger: MovingLedger, stands: str
) -> None:
    """Another payment would be one too many."""
    if stands == "refused":
        with pytest.raises(ProviderBusy):
            await pay(payments, Provider(ProviderBusy("Slow down.")))
    elif stands != "nothing":
        entry = await pay(payments, Provider("17"))
        if stands == "succeeded":
            await payments.succeed(entry)
    said = "go on with --adopt 17" if stands in ("accepted", "succeeded") else "a plain retry goes on"
    with pytest.raises(InvalidRequest, match=said):
        await payments.ordinal_in_doubt("job-1")
    with pytest.raises(InvalidRequest, match=said):
        await adopt(payments, "99")


async def test_a_task_of_another_job_is_not_adopted(
    payments: Payments, ledger: MovingLedger, clock: Clock
) -> None:
    """Two jobs with one piece of music would be a mistake."""
    await in_doubt(payments, ledger, clock, "unknown")
    entry = await ledger.latest("job-1")
    assert entry
    await ledger.add(replace(entry, job_id="job-2", state="accepted", task_id="99"))
    with pytest.raises(InvalidRequest, match="belongs to the job job-2"):
        await adopt(payments, "99")


async def test_a_late_answer_does_not_undo_what_a_person_decided(
    payments: Payments, ledger: MovingLedger, clock: Clock
) -> None:
    """The one who was thought dead wakes up with an answer: the task that was adopted stays."""
    woken, adopted = asyncio.Event(), asyncio.Event()

    async def submit(about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        await about_to_send()
        adopted.set()
        await woken.wait()
        return "17"

    late = asyncio.create_task(payments.pay(JOB, submit, Sending(frozenset())))
    await adopted.wait()
    clock.forward(DEADLINE)
    await adopt(payments, "99")
    woken.set()
    await late
    entry = await payments.find("job-1")
    assert entry
    assert entry.task_id == "99"
    with pytest.raises(SubmissionUnknown, match="another one"):
        await payments.accept("job-1", 1, "17")


async def test_what_is_kept_is_remembered_and_forgotten(payments: Payments, ledger: MovingLedger) -> None:
    """So that nothing is downloaded twice, and what can't be decoded is downloaded anew."""
    entry = await pay(payments, Provider("17"))
    await payments.succeed(entry)
    entry = await payments.accept("job-1", 1, "17")
    await payments.keep(entry, StoredObject(key="staging/job-1/x/generated.wav", bytes=5, sha256="ab"))
    entry = await payments.accept("job-1", 1, "17")
    assert (entry.kept_key, entry.kept_bytes, entry.kept_sha256) == ("staging/job-1/x/generated.wav", 5, "ab")
    await payments.forget_kept(entry)
    assert (await payments.accept("job-1", 1, "17")).kept_key is None


async def test_a_refusal_that_the_ledger_was_not_told_of_is_no_doubt(
    payments: Payments, ledger: MovingLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt knows that it was surely not accepted, and leaves word for the next."""
    monkeypatch.setattr("activities.payments._PATIENCE_SECONDS", 0.05)
    ledger.after = lambda: setattr(ledger, "before", fail(DatabaseUnavailable("Away.")))
    sending = Sending(frozenset())
    with pytest.raises(ProviderBusy):
        await payments.pay(JOB, Provider(ProviderBusy("Slow down.")).submit, sending)
    assert not sending.left
    ledger.before = ledger.after = lambda: None
    await pay(payments, Provider("17"), frozenset({sending.attempt}))
    assert await state(ledger) == ("accepted", 1)


async def test_what_was_kept_of_another_task_is_not_the_adopted_ones(
    payments: Payments, ledger: MovingLedger
) -> None:
    """Its own music is fetched."""
    await pay(payments, Provider("17"))
    entry = await payments.accept("job-1", 1, "17")
    await payments.keep(entry, StoredObject(key="staging/job-1/x/generated.wav", bytes=5, sha256="ab"))
    await payments.reject(await payments.accept("job-1", 1, "17"), "silence")
    await adopt(payments, "18")
    assert (await payments.accept("job-1", 1, "18")).kept_key is None


async def test_a_task_that_is_found_after_another_was_ordered_is_adopted(
    payments: Payments, ledger: MovingLedger, clock: Clock
) -> None:
    """As long as nothing was sent for it."""
    await in_doubt(payments, ledger, clock, "unknown")
    await payments.order_another("job-1", 1)
    await adopt(payments, "17")
    entry = await payments.find("job-1")
    assert entry
    assert (entry.task_id, entry.ordinal) == ("17", 2)


async def test_a_decision_that_comes_too_late_is_not_told_as_done(
    payments: Payments, ledger: MovingLedger, clock: Clock
) -> None:
    """Somebody else has decided in between: it is looked at again."""
    await in_doubt(payments, ledger, clock, "unknown")
    entry = await payments.to_adopt("job-1", "18")
    assert entry
    await adopt(payments, "17")
    with pytest.raises(DatabaseUnavailable, match="looked at again"):
        await payments.adopt(entry, "18")
