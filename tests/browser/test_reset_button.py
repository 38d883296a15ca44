"""A failed job, taken up again by the Reset button of Temporal's Web UI."""

import pytest
from temporalio.client import Client

from dalsegno.errors import JobEndedError
from tests.browser.web_ui import WebUI
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def times_published(temporal: Client, job_id: str) -> int:
    """How often the job's current run has tried to publish, with what it has from the runs before it."""
    history = await temporal.get_workflow_handle(job_id).fetch_history()
    return sum(
        event.activity_task_scheduled_event_attributes.activity_type.name == "publish_music"
        for event in history.events
    )


async def test_reset_runs_the_failed_step_alone(harness: Harness, temporal: Client, web_ui: WebUI) -> None:
    """While the store is still broken it publishes in vain, after mending it completes the job.

    Two events of the dialog lie between the failed activity and the end: either of them does.
    """
    broken = harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="reset-button"))
        with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
            await job.result()

        for tasks_before in (0, 1):
            await web_ui.open(job.id)
            await web_ui.reset("too early", tasks_before=tasks_before)
            with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
                await job.result()
            assert await times_published(temporal, job.id) == 2 + tasks_before

        broken.clear()
        await web_ui.open(job.id)
        await web_ui.reset("the bucket can be written again")
        await job.result()
        status = await job.status()

    assert status.status == "completed"
    assert await times_published(temporal, job.id) == 4
    assert calls_noted(harness.calls) == 1

    async def one_run_is_left() -> bool:
        return len([each async for each in temporal.list_workflows(f"WorkflowId = '{job.id}'")]) == 1

    await eventually(one_run_is_left, 60)
