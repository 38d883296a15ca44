"""A connection to Temporal in which something happens meanwhile."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from temporalio.client import (
    DescribeWorkflowInput,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    OutboundInterceptor,
    WorkflowExecutionDescription,
    WorkflowHistoryEventAsyncIterator,
)


class Meanwhile(Interceptor):
    """Lets something happen once while a history is read, and each time after a run was looked at.

    Attributes:
        job_id: whose history; None is the first that is read.
    """

    def __init__(
        self,
        *,
        job_id: str | None = None,
        reading: Callable[[], Awaitable[Any]] | None = None,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self.job_id = job_id
        self.reading = reading
        self.looked = looked

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Wraps the client."""
        return _Outbound(next, self)


class _Outbound(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, meanwhile: Meanwhile) -> None:
        super().__init__(following)
        self._meanwhile = meanwhile

    def fetch_workflow_history_events(
        self,
        input: FetchWorkflowHistoryEventsInput,  # noqa: A002 - the SDK's name
    ) -> WorkflowHistoryEventAsyncIterator:
        events = super().fetch_workflow_history_events(input)
        if self._meanwhile.job_id not in (None, input.id):
            return events
        happening, self._meanwhile.reading = self._meanwhile.reading, None
        return _first(happening, events) if happening else events  # type: ignore[return-value]  # all that is used of it

    async def describe_workflow(self, input: DescribeWorkflowInput) -> WorkflowExecutionDescription:  # noqa: A002 - the SDK's name
        described = await super().describe_workflow(input)
        self._meanwhile.looked()
        return described


async def _first(
    happening: Callable[[], Awaitable[Any]], events: WorkflowHistoryEventAsyncIterator
) -> AsyncIterator[Any]:
    """Events, with something that happens before the first of them comes."""
    await happening()
    async for event in events:
        yield event
