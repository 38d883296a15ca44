"""What every ledger keeps: what may be paid for is decided by it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dalsegno.errors import InternalError
from dalsegno.ports import Ledger, LedgerEntry

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def an_entry(**changes: object) -> LedgerEntry:
    """A payment that is about to be made, changed as a test needs it."""
    entry = LedgerEntry(
        job_id="job-1",
        ordinal=1,
        provider="mureka",
        customer_id="acme",
        state="sending",
        attempt="a",
        deadline=NOON + timedelta(seconds=30),
        sent_at=NOON,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]  # as a test needs it


async def test_what_is_added_is_there(ledger: Ledger) -> None:
    """Whole, with times in UTC."""
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    entry = an_entry(deadline=elsewhere, kept_bytes=2**40, reason="“no”")
    assert await ledger.add(entry)
    found = await ledger.latest("job-1")
    assert found == entry
    assert found.deadline
    assert found.deadline.utcoffset() == timedelta(0)


async def test_a_job_without_payments_has_no_entry(ledger: Ledger) -> None:
    """Also where other jobs have some."""
    await ledger.add(an_entry())
    assert await ledger.latest("job-2") is None


async def test_the_highest_ordinal_is_the_latest(ledger: Ledger) -> None:
    """In whatever order they came, and as numbers, not as text."""
    for ordinal in (2, 10, 9, 1):
        await ledger.add(an_entry(ordinal=ordinal))
    latest = await ledger.latest("job-1")
    assert latest
    assert latest.ordinal == 10


async def test_an_ordinal_is_taken_once(ledger: Ledger) -> None:
    """Whoever comes second changes nothing."""
    assert await ledger.add(an_entry(attempt="a"))
    assert not await ledger.add(an_entry(attempt="b"))
    latest = await ledger.latest("job-1")
    assert latest
    assert latest.attempt == "a"


async def test_of_many_who_add_at_once_one_does(ledger: Ledger) -> None:
    """This is what keeps two workers from paying for one job."""
    added = await asyncio.gather(*(ledger.add(an_entry(attempt=str(number))) for number in range(20)))
    assert added.count(True) == 1
    latest = await ledger.latest("job-1")
    assert latest
    assert latest.attempt == str(added.index(True))


@pytest.mark.parametrize(
    "meanwhile",
    [{"state": "accepted"}, {"attempt": "b"}, {"task_id": "17"}, {"attempt": None}],
    ids=["state", "attempt", "task", "no attempt"],
)
async def test_what_has_changed_meanwhile_is_not_replaced(
    ledger: Ledger, meanwhile: dict[str, object]
) -> None:
    """Compare and set, by state, attempt and task; null is compared like any value."""
    before = an_entry()
    await ledger.add(before)
    other = an_entry(**meanwhile)
    assert await ledger.replace(before, other)
    assert not await ledger.replace(before, an_entry(state="refused"))
    assert await ledger.latest("job-1") == other
    assert await ledger.replace(other, an_entry(state="refused"))


async def test_of_many_who_replace_at_once_one_does(ledger: Ledger) -> None:
    """Each knows whether it was the one."""
    before = an_entry(state="refused")
    await ledger.add(before)
    afters = [an_entry(attempt=f"again-{number}") for number in range(20)]
    replaced = await asyncio.gather(*(ledger.replace(before, after) for after in afters))
    assert replaced.count(True) == 1
    assert await ledger.latest("job-1") == afters[replaced.index(True)]


async def test_one_entry_is_replaced_alone(ledger: Ledger) -> None:
    """Neither another job's nor another ordinal's."""
    entries = [an_entry(), an_entry(ordinal=2), an_entry(job_id="job-2")]
    for entry in entries:
        await ledger.add(entry)
    await ledger.replace(entries[0], an_entry(state="accepted", task_id="17"))
    assert await ledger.latest("job-1") == entries[1]
    assert await ledger.latest("job-2") == entries[2]


async def test_a_task_tells_whose_it_is(ledger: Ledger) -> None:
    """By provider: two may count alike."""
    await ledger.add(an_entry(state="accepted", task_id="17"))
    await ledger.add(an_entry(job_id="job-2", provider="other", state="accepted", task_id="17"))
    found = await ledger.of_task("other", "17")
    assert found
    assert found.job_id == "job-2"
    assert await ledger.of_task("mureka", "18") is None


async def test_times_without_a_zone_are_refused(ledger: Ledger) -> None:
    """They would mean another moment on another machine."""
    odd = an_entry(deadline=datetime(2026, 11, 1))  # noqa: DTZ001  (that is the point)
    with pytest.raises(InternalError):
        await ledger.add(odd)
    await ledger.add(an_entry())
    with pytest.raises(InternalError):
        await ledger.replace(an_entry(), odd)
