"""One job id, started more than once."""

import pytest
from temporalio.client import Client

from dalsegno.errors import InvalidRequest, JobEndedError, NoSuchJobError
from tests.support.forgetting import forget
from tests.support.harness import Harness, a_request
from tests.support.providers import calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_same_request_gives_the_job_that_is_there(harness: Harness) -> None:
    """Running or done, it is the same job, and it says so."""
    async with harness.worker():
        first = await harness.client.start(a_request(job_id="twice"))
        second = await harness.client.start(a_request(job_id="twice"))
        result = await first.result()
        third = await harness.client.start(a_request(job_id="twice"))
        assert await third.result() == result
    assert [each.already_there for each in (first, second, third)] == [False, True, True]
    assert calls_noted(harness.calls) == 1


async def test_another_request_under_the_same_id_is_refused(harness: Harness) -> None:
    """A payload is never silently dropped."""
    await harness.client.start(a_request(job_id="other"))
    with pytest.raises(InvalidRequest, match="belongs to an earlier, different request"):
        await harness.client.start(a_request(job_id="other", mood="epic"))


async def test_after_the_history_is_gone_the_same_request_gives_the_old_result(
    harness: Harness, temporal: Client
) -> None:
    """The row remembers what Temporal has forgotten: nothing is made again."""
    async with harness.worker():
        result = await (await harness.client.start(a_request(job_id="old"))).result()
        await forget(temporal, "old")
        again = await (await harness.client.start(a_request(job_id="old"))).result()
    assert again == result.model_copy(update={"elapsed": again.elapsed})
    assert calls_noted(harness.calls) == 1


async def test_after_the_history_is_gone_another_request_is_still_refused(
    harness: Harness, temporal: Client
) -> None:
    """The refused job fails as InvalidRequest and leaves the row as it was."""
    async with harness.worker():
        await (await harness.client.start(a_request(job_id="gone"))).result()
        row = await harness.records.get("gone")
        await forget(temporal, "gone")
        job = await harness.client.start(a_request(job_id="gone", mood="epic"))
        with pytest.raises(JobEndedError, match="belongs to an earlier, different request"):
            await job.result()
    assert await harness.records.get("gone") == row
    assert calls_noted(harness.calls) == 1


async def test_an_unknown_job_is_none(harness: Harness) -> None:
    """Asking for a job that never was says so."""
    with pytest.raises(NoSuchJobError, match="There is no job nobody"):
        await harness.client.job("nobody").status()
