"""What a list asks the server for."""

import asyncio
from dataclasses import dataclass

import pytest
from temporalio.client import (
    Client,
    DescribeWorkflowInput,
    Interceptor,
    OutboundInterceptor,
    WorkflowExecutionDescription,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy

from dalsegno.client import MusicClient
from dalsegno.client.visibility import CUSTOMER
from dalsegno.models import TASK_QUEUE, WORKFLOW_TYPE
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.harness import Harness
from tests.support.jobs import a_job

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Counting(Interceptor):
    """Counts how often runs are described, and how many of them at once."""

    described: int = 0
    now: int = 0
    most: int = 0

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Wraps the client."""
        return _CountingOutbound(next, self)


class _CountingOutbound(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, counts: Counting) -> None:
        super().__init__(following)
        self._counts = counts

    async def describe_workflow(self, input: DescribeWorkflowInput) -> WorkflowExecutionDescription:  # noqa: A002 - the SDK's name
        self._counts.described += 1
        self._counts.now += 1
        self._counts.most = max(self._counts.most, self._counts.now)
        try:
            return await super().describe_workflow(input)
        finally:
            self._counts.now -= 1


async def terminated(temporal: Client, job_id: str, customer_id: str) -> None:
    """One run of a job, terminated before any worker has come."""
    run = await temporal.start_workflow(
        WORKFLOW_TYPE,
        a_job(job_id, customer_id=customer_id),
        id=job_id,
        task_queue=TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        search_attributes=TypedSearchAttributes([SearchAttributePair(CUSTOMER, customer_id)]),
    )
    await run.terminate("for the test")


async def count_of(temporal: Client, customer_id: str) -> int:
    """How many runs the server lists."""
    return (await temporal.count_workflows(f"MusicCustomer='{customer_id}' AND CloseTime IS NOT NULL")).count


@pytest.mark.parametrize(("jobs", "runs"), [(1, 4), (25, 1)])
async def test_each_job_is_looked_at_once_and_at_most_twenty_together(
    jobs: int, runs: int, harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """However many runs a job has had, however many jobs there are; only the current runs are listed."""
    customer = f"crowd-{jobs}"
    for _ in range(runs):
        await asyncio.gather(*(terminated(temporal, f"{customer}-{n}", customer) for n in range(jobs)))

    async def all_listed() -> bool:
        return await count_of(temporal, customer) == jobs * runs

    await eventually(all_listed)
    counts = Counting()
    counted = await Client.connect(server.address, plugins=[DalSegnoPlugin()], interceptors=[counts])
    client = MusicClient(counted, harness.store, harness.settings)
    listed = [job async for job in client.failed(customer_id=customer)]
    assert sorted(job.job_id for job in listed) == sorted(f"{customer}-{n}" for n in range(jobs))
    assert counts.described == jobs
    assert (1 < counts.most <= 20) or jobs == 1


async def test_no_more_is_looked_at_than_the_limit_needs(
    harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """A short list of many jobs is quick."""
    customer = "limited"
    await asyncio.gather(*(terminated(temporal, f"{customer}-{n}", customer) for n in range(25)))

    async def all_listed() -> bool:
        return await count_of(temporal, customer) == 25

    await eventually(all_listed)
    counts = Counting()
    counted = await Client.connect(server.address, plugins=[DalSegnoPlugin()], interceptors=[counts])
    client = MusicClient(counted, harness.store, harness.settings)
    assert len([job async for job in client.list(customer_id=customer, limit=3)]) == 3
    assert counts.described <= 20
