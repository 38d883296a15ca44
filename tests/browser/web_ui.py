"""Temporal's Web UI, used as an operator uses it: by what is written on it."""

from dataclasses import dataclass

from playwright.async_api import FrameLocator, Page


@dataclass(frozen=True)
class WebUI:
    """The Web UI in a tab of a browser."""

    page: Page

    async def open(self, job_id: str) -> None:
        """Opens the page of a job, as it is now."""
        await self.page.goto(f"/namespaces/default/workflows/{job_id}")

    async def reset(self, reason: str, *, tasks_before: int = 0) -> None:
        """Presses Reset on the page of a job, and fills in the dialog.

        Args:
            reason: why.
            tasks_before: which of the events that the dialog offers is chosen: the end of the last workflow task (0),
                or of one that many before it.
        """
        await self.page.get_by_role("button", name="Reset", exact=True).click()
        dialog = self.page.get_by_role("dialog", name="Reset Workflow")
        await dialog.get_by_test_id("workflow-reset-event-id-select-button").click()
        await dialog.get_by_role("option", name="WorkflowTaskCompleted").nth(-1 - tasks_before).click()
        await dialog.get_by_placeholder("Enter a reason").fill(reason)
        async with self.page.expect_response(lambda response: "/reset" in response.url) as resetting:
            await dialog.get_by_role("button", name="Confirm").click()
        response = await resetting.value
        assert response.ok, await response.text()

    async def user_metadata(self) -> tuple[FrameLocator, FrameLocator]:
        """Opens the tab of that name; returns its summary and its current details, rendered from Markdown."""
        await self.page.get_by_role("tab", name="User Metadata").click()
        rendered = self.page.locator("iframe")
        return rendered.first.content_frame, rendered.last.content_frame
