"""What a paid provider refuses: for good or for now, told by its type and never by its words."""

import pytest

from dalsegno.errors import JobEndedError, StorageDenied, StorageUnavailable
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.listed import listed_as_failed
from tests.support.mureka_simulator_book import Fault
from tests.support.paid import paid
from tests.support.providers import calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUOTA = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("status", "message", "failure_type"),
    [
        (402, "Payment required", "InsufficientCredits"),
        (429, QUOTA, "QuotaExceeded"),
        (401, "Invalid Authentication", "AuthenticationFailed"),
        (403, "Your account has been suspended.", "AccountSuspended"),
        (400, "This prompt violates our content policy.", "ContentPolicyViolation"),
    ],
)
async def test_a_permanent_refusal_fails_at_once_is_listed_and_can_be_retried(
    harness: Harness, status: int, message: str, failure_type: str
) -> None:
    """Asked once; among the dead letters with its type; and one payment when the cause was mended."""
    job_id = f"refused-{failure_type}"
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault("submit", "status", status=status, message=message))
        job = await harness.client.start(a_request(job_id=job_id, provider="mureka"))
        with pytest.raises(JobEndedError):
            await job.result()
        assert mureka.book.exchanges["submit"] == 1
        listed = await listed_as_failed(harness.client, job_id)
        assert (listed.failed_step, listed.failure_type) == ("generating", failure_type)
        await harness.client.retry(job_id)
        await job.result()
    assert len(mureka.book.tasks) == 1


async def test_a_limit_that_speaks_of_a_quota_is_waited_for(harness: Harness) -> None:
    """Three requests a minute are no quota that is used up: the job completes, paid for once."""
    passing = "You exceeded your current quota of 3 requests per minute."
    async with paid(harness) as mureka, harness.worker():
        mureka.order(Fault("submit", "status", times=2, status=429, message=passing))
        job = await harness.client.start(a_request(job_id="hurried", provider="mureka"))
        await job.result()
    assert mureka.book.exchanges["submit"] == 3
    assert len(mureka.book.tasks) == 1


async def test_the_words_of_an_error_decide_nothing(harness: Harness) -> None:
    """A temporary error that speaks of quotas and keys is retried; a permanent one that asks for patience is not."""
    errors: list[Exception] = [
        StorageUnavailable("Quota exceeded: invalid API key, authentication failed, account suspended."),
        StorageDenied("Timed out, temporarily unavailable (503): please try again later."),
    ]
    asked: list[str] = []

    def fault(operation: str, key: str) -> Exception | None:
        if operation != "copy":
            return None
        asked.append(key)
        return errors.pop(0) if errors else None

    harness.store = FaultyStore(harness.store, fault)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="worded"))
        with pytest.raises(JobEndedError, match="please try again later"):
            await job.result()
        assert len(asked) == 2
        assert (await listed_as_failed(harness.client, "worded")).failure_type == "StorageDenied"
    assert calls_noted(harness.calls) == 1
