"""What Temporal's Web UI shows of a job."""

import pytest
from playwright.async_api import expect

from dalsegno.errors import JobEndedError
from tests.browser.web_ui import WebUI
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_failed_job_tells_what_it_is_and_how_to_go_on(harness: Harness, web_ui: WebUI) -> None:
    """A summary in plain words, each activity's in the timeline, and in the details the command to copy."""
    harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="shown"))
        with pytest.raises(JobEndedError):
            await job.result()
        status = await job.status()
        assert status.failure
        assert status.failure.reset_command

        await web_ui.open(job.id)
        await expect(web_ui.page.get_by_text("Publish the files")).to_be_visible()
        summary, details = await web_ui.user_metadata()
        await expect(summary.get_by_text("5 s of calm music for acme")).to_be_visible()
        await expect(details.get_by_role("heading").first).to_contain_text("The bucket is read-only.")
        await expect(details.get_by_role("listitem").filter(has_text="✓ generating")).to_be_visible()
        await expect(details.get_by_role("code")).to_have_text(status.failure.reset_command)
