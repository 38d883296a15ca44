"""Resetting with Temporal's own means: in batch by the CLI and by the API, without a workflow cache."""

import uuid
from functools import partial

import pytest
from google.protobuf.empty_pb2 import Empty
from temporalio.api.batch.v1 import BatchOperationReset
from temporalio.api.common.v1 import ResetOptions, WorkflowExecution
from temporalio.api.workflowservice.v1 import StartBatchOperationRequest
from temporalio.client import Client
from temporalio.worker import Worker

from dalsegno.client import JobHandle
from dalsegno.errors import JobEndedError
from dalsegno.runtime import host
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.providers import calls_noted
from tests.support.temporal_cli import temporal_cli

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def fail(harness: Harness, *job_ids: str) -> list[JobHandle]:
    """Runs jobs of a customer of their own to their failure; returns when Temporal lists them."""
    jobs = [
        await harness.client.start(a_request(job_id=job_id, customer_id=job_ids[0])) for job_id in job_ids
    ]
    for job in jobs:
        with pytest.raises(JobEndedError):
            await job.result()

    async def listed() -> bool:
        found = [each async for each in harness.temporal.list_workflows(failed_of(job_ids[0]))]
        return len(found) == len(jobs)

    await eventually(listed)
    return jobs


async def completed(jobs: list[JobHandle]) -> None:
    """Waits until all jobs are completed."""

    async def all_completed() -> bool:
        return all([(await job.status()).status == "completed" for job in jobs])

    await eventually(all_completed, 60)


def failed_of(customer_id: str) -> str:
    """The query that the documentation gives, for one customer."""
    return f'ExecutionStatus="Failed" AND MusicFailedStep="uploading" AND MusicCustomer="{customer_id}"'


async def test_batch_by_the_cli_runs_just_the_failed_step(
    harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """`temporal workflow reset --query … --type LastWorkflowTask`, over two jobs."""
    broken = harness.break_publishing()
    async with harness.worker():
        jobs = await fail(harness, "batch-cli-1", "batch-cli-2")
        broken.clear()
        await temporal_cli(
            server,
            *("workflow", "reset", "--query", failed_of("batch-cli-1"), "--type", "LastWorkflowTask"),
            *("--reason", "mended", "--yes"),
        )
        await completed(jobs)
        assert calls_noted(harness.calls) == 2

        async def no_longer_listed() -> bool:
            return not [each async for each in temporal.list_workflows(failed_of("batch-cli-1"))]

        await eventually(no_longer_listed, 60)


async def test_batch_by_the_api_runs_just_the_failed_step(harness: Harness, temporal: Client) -> None:
    """As a program would do it, for runs that it names."""
    broken = harness.break_publishing()
    async with harness.worker():
        jobs = await fail(harness, "batch-api-1", "batch-api-2")
        broken.clear()
        executions = [
            WorkflowExecution(workflow_id=each.id, run_id=each.run_id)
            async for each in temporal.list_workflows(failed_of("batch-api-1"))
        ]
        await temporal.workflow_service.start_batch_operation(
            StartBatchOperationRequest(
                namespace=temporal.namespace,
                job_id=str(uuid.uuid4()),
                reason="mended",
                executions=executions,
                reset_operation=BatchOperationReset(options=ResetOptions(last_workflow_task=Empty())),
            )
        )
        await completed(jobs)
    assert calls_noted(harness.calls) == 2


async def test_without_a_cache_it_is_the_same(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each workflow task replays the whole history: a reset while still broken, then one after mending."""
    monkeypatch.setattr(host, "Worker", partial(Worker, max_cached_workflows=0))
    broken = harness.break_publishing()
    async with harness.worker():
        (job,) = await fail(harness, "no-cache")
        await harness.reset("no-cache")
        with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
            await job.result()
        broken.clear()
        await harness.reset("no-cache")
        await job.result()
    assert calls_noted(harness.calls) == 1
