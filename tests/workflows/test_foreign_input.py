"""Jobs that were not started by our own client."""

from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from dalsegno.models import TASK_QUEUE, WORKFLOW_TYPE
from tests.support.harness import Harness
from tests.support.jobs import a_job

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def refusal(temporal: Client, workflow_id: str, *given: Any) -> ApplicationError:
    """Starts a workflow as the plain Temporal CLI does, and returns the failure that it ends with."""
    with pytest.raises(WorkflowFailureError) as caught:
        await temporal.execute_workflow(WORKFLOW_TYPE, args=given, id=workflow_id, task_queue=TASK_QUEUE)
    assert isinstance(caught.value.cause, ApplicationError)
    return caught.value.cause


@pytest.mark.parametrize("given", [[], ["hello"], [{"foo": "hunter2"}], [None], [[1, 2]]])
async def test_what_is_no_job_is_refused_at_once(
    harness: Harness, temporal: Client, given: list[Any]
) -> None:
    """It doesn't stay Running, it fails as InvalidRequest, and what was given isn't repeated."""
    async with harness.worker():
        failure = await refusal(temporal, "no-job", *given)
    assert failure.type == "InvalidRequest"
    assert "The workflow's input is no job" in failure.message
    assert "hunter2" not in failure.message


async def test_a_job_under_another_ones_id_is_refused(harness: Harness, temporal: Client) -> None:
    """Nobody writes another job's row or objects."""
    async with harness.worker():
        failure = await refusal(temporal, "evil", a_job("victim"))
    assert failure.type == "InvalidRequest"
    assert await harness.records.get("victim") is None
    assert [key async for key in harness.store.list("")] == []


async def test_what_is_not_available_is_refused_here_too(harness: Harness, temporal: Client) -> None:
    """A provider that nobody has is not silently replaced."""
    forged = a_job("nobody").model_dump(mode="json")
    forged["request"]["provider"] = "suno"
    async with harness.worker():
        failure = await refusal(temporal, "nobody", forged)
    assert failure.type == "InvalidRequest"
    assert "no provider 'suno'" in failure.message
    assert not harness.calls.exists()
    row = await harness.records.get("nobody")
    assert row
    assert (row.status, row.failure_type) == ("failed", "InvalidRequest")
    assert "no provider 'suno'" in (row.error_message or "")


async def test_an_address_that_is_no_video_is_refused_here_too(harness: Harness, temporal: Client) -> None:
    """The extractor never sees it."""
    forged = a_job("file").model_dump(mode="json")
    forged["request"]["youtube_url"] = "file:///etc/passwd"
    async with harness.worker():
        failure = await refusal(temporal, "file", forged)
    assert failure.type == "InvalidRequest"
    assert "youtube_url" in failure.message
    assert not harness.calls.exists()
