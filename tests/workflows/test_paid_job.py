"""A job whose music is a paid task: from end to end, and paid once whatever fails."""

import pytest

from dalsegno.client import JobHandle
from dalsegno.errors import DatabaseUnavailable, JobEndedError
from dalsegno.ports import LedgerEntry
from dalsegno.records.memory_ledger import MemoryLedger
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.mureka_simulator_book import Fault, Place
from tests.support.paid import paid

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def start_paid(harness: Harness, job_id: str) -> JobHandle:
    """A job for Mureka."""
    return await harness.client.start(a_request(job_id=job_id, provider="mureka"))


async def test_a_paid_job_from_end_to_end(harness: Harness) -> None:
    """One payment; the music has the length that was asked for; the ledger says all of it."""
    async with paid(harness, seconds=0.5) as mureka, harness.worker():
        job = await start_paid(harness, "paid")
        result = await job.result()
        status = await job.status()
    assert len(mureka.book.tasks) == 1
    assert result.provider == "mureka"
    assert {
        "master.wav",
        "preview.mp3",
        "waveform.png",
        "index.html",
        "metadata.json",
    } <= result.objects.keys()
    assert status.status == "completed"
    entry = await harness.ledger.latest("paid")
    assert entry
    assert (entry.state, entry.ordinal) == ("succeeded", 1)
    assert entry.task_id in mureka.book.tasks
    assert [key async for key in harness.store.list("staging/")] == []


async def test_a_failed_upload_is_not_paid_for_again(harness: Harness) -> None:
    """Nor is anything downloaded again: what was paid for is kept before the step ends."""
    broken = harness.break_publishing()
    async with paid(harness) as mureka:
        async with harness.worker():
            job = await start_paid(harness, "paid-upload")
            with pytest.raises(JobEndedError):
                await job.result()
        downloads = mureka.book.exchanges["file"]
        broken.clear()
        async with harness.worker():
            await harness.client.retry("paid-upload")
            await job.result()
        assert len(mureka.book.tasks) == 1
        assert mureka.book.exchanges["file"] == downloads


async def test_a_reset_to_the_beginning_takes_over_the_task(harness: Harness) -> None:
    """The ledger decides, not the history."""
    async with paid(harness) as mureka, harness.worker():
        job = await start_paid(harness, "paid-anew")
        await job.result()
        await harness.temporal.get_workflow_handle("paid-anew").describe()
        await harness.reset_to_first("paid-anew")
        await job.result()
    assert len(mureka.book.tasks) == 1


async def test_a_lost_answer_is_not_sent_again(harness: Harness) -> None:
    """SubmissionUnknown, with the two ways on; a plain reset doesn't send either."""
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault("submit", "cut", accepted=True))
        job = await start_paid(harness, "paid-lost")
        with pytest.raises(JobEndedError, match=r"retry paid-lost --pay-again"):
            await job.result()
        status = await job.status()
        assert status.failure
        assert (status.failure.type, status.failure.reset_command) == ("SubmissionUnknown", None)
        assert "--adopt TASK_ID" in status.failure.message
        await harness.reset("paid-lost")
        with pytest.raises(JobEndedError):
            await job.result()
        assert len(mureka.book.submissions) == 1


async def test_what_was_surely_not_accepted_is_sent_again(harness: Harness) -> None:
    """Busy and away, in the provider's words; and one payment in the end."""
    async with paid(harness) as mureka, harness.worker():
        mureka.order(
            Fault("submit", "status", status=429, message="Rate limit reached for requests"),
            Fault("submit", "status", status=503, message="The server is overloaded"),
        )
        job = await start_paid(harness, "paid-busy")
        await job.result()
    assert len(mureka.book.tasks) == 1
    assert mureka.book.exchanges["submit"] == 3


async def test_a_task_that_fails_is_paid_for_and_says_so(harness: Harness) -> None:
    """A plain reset doesn't pay for another."""
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault("task", "failed", message="no such style"))
        job = await start_paid(harness, "paid-rejected")
        with pytest.raises(JobEndedError, match=r"no such style.*retry paid-rejected --pay-again"):
            await job.result()
        status = await job.status()
        assert status.failure
        assert status.failure.type == "GenerationRejected"
        await harness.reset("paid-rejected")
        with pytest.raises(JobEndedError):
            await job.result()
    assert len(mureka.book.submissions) == 1


async def test_a_broken_download_is_tried_again(harness: Harness) -> None:
    """Until it is whole."""
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault("download", "truncated"), Fault("download", "html"))
        job = await start_paid(harness, "paid-download")
        await job.result()
    assert len(mureka.book.tasks) == 1


async def test_without_a_key_the_job_says_which_setting_lacks(harness: Harness) -> None:
    """It fails before anything is asked of anybody, and can be retried where there is a key."""
    async with harness.worker():
        job = await start_paid(harness, "no-key")
        with pytest.raises(JobEndedError, match="DALSEGNO_MUREKA_API_KEY"):
            await job.result()
    async with paid(harness), harness.worker():
        await harness.client.retry("no-key")
        await job.result()


class ForgetfulLedger(MemoryLedger):
    """Its first write is done, but says that it failed."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 1

    async def add(self, entry: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        added = await super().add(entry)
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("The database went away as it answered.")
        return added


async def test_a_ledger_that_goes_away_as_it_answers_puts_nothing_in_doubt(harness: Harness) -> None:
    """The attempt has sent nothing, and leaves word for the next one, on whatever machine."""
    harness.ledger = ForgetfulLedger()
    async with paid(harness) as mureka, harness.worker():
        job = await start_paid(harness, "paid-forgetful")
        await job.result()
    assert len(mureka.book.tasks) == 1


async def test_a_cancelled_job_pays_once_and_takes_its_task_over(harness: Harness) -> None:
    """Cancelled while the task is in flight; retried, it goes on with it."""
    async with paid(harness, seconds=2) as mureka, harness.worker():
        job = await start_paid(harness, "paid-cancelled")

        async def is_billed() -> bool:
            return bool(mureka.book.tasks)

        await eventually(is_billed)
        await job.cancel()
        with pytest.raises(JobEndedError):
            await job.result()
        await harness.client.retry("paid-cancelled")
        await job.result()
    assert len(mureka.book.tasks) == 1


async def test_a_discarded_job_that_is_started_again_takes_its_task_over(harness: Harness) -> None:
    """The ledger outlives the history."""
    broken = harness.break_publishing()
    async with paid(harness) as mureka, harness.worker():
        job = await start_paid(harness, "paid-discarded")
        with pytest.raises(JobEndedError):
            await job.result()
        await harness.client.discard("paid-discarded")
        broken.clear()

        async def can_be_started() -> bool:
            return not (await start_paid(harness, "paid-discarded")).already_there

        await eventually(can_be_started)
        await job.result()
    assert len(mureka.book.tasks) == 1


@pytest.mark.parametrize("how", ["cancel", "reset"])
async def test_an_answer_that_is_on_its_way_is_waited_for(harness: Harness, how: str) -> None:
    """Whatever becomes of the job meanwhile: nothing has died, so nothing is in doubt."""
    async with paid(harness, submit_seconds=4) as mureka, harness.worker():
        job = await start_paid(harness, f"paid-{how}")

        async def is_billed() -> bool:
            return bool(mureka.book.tasks)

        await eventually(is_billed)
        if how == "cancel":
            await job.cancel()
            with pytest.raises(JobEndedError):
                await job.result()

            async def is_answered() -> bool:
                entry = await harness.ledger.latest(job.id)
                return entry is not None and entry.state == "accepted"

            await eventually(is_answered)
            await harness.client.retry(job.id)
        else:
            await harness.reset_to_first(job.id)
        await job.result()
    assert len(mureka.book.tasks) == 1


@pytest.mark.parametrize("place", ["query", "download"])
async def test_a_task_that_is_not_known_yet_is_asked_for_again(harness: Harness, place: Place) -> None:
    """Not all machines of a service know at once what one of them has accepted."""
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault(place, "status", status=404))
        job = await start_paid(harness, f"paid-young-{place}")
        await job.result()
    assert len(mureka.book.tasks) == 1
