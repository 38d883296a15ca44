"""Jobs that only the database remembers, asked for by a worker: page by page, or one by its id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

import activities.dead_letters
from dalsegno.errors import JobEndedError, NoSuchJobError
from dalsegno.ports import JobRow
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG_AGO = datetime.now(UTC) - timedelta(days=90)


def a_row(job_id: str, **changes: Any) -> JobRow:
    """The row of a job that failed long ago."""
    row = JobRow(
        job_id=job_id,
        request_sha256="0" * 64,
        customer_id="long-ago",
        status="failed",
        step="uploading",
        provider="builtin",
        requested_duration_seconds=5,
        workflow_run_id="run",
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        failure_type="StorageDenied",
    )
    return replace(row, **changes)


async def test_they_are_listed_page_by_page(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, each once."""
    monkeypatch.setattr(activities.dead_letters, "PAGE", 2)
    for number in range(5):
        await harness.records.open(a_row(f"page-{number}"))
    async with harness.worker():
        listed = [job.job_id async for job in harness.client.failed(customer_id="long-ago")]
    assert listed == [f"page-{number}" for number in range(5)]


class NeverListing(MemoryJobRecords):
    """A table that is too long to be gone through for one row."""

    async def with_status(self, *_arguments: Any, **_named: Any) -> list[JobRow]:
        """Must not be called."""
        raise AssertionError


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_one_is_found_without_going_through_all(harness: Harness, status: str) -> None:
    """It can't be taken up again, but discarded; one that ended otherwise is none of them."""
    harness.records = NeverListing()
    await harness.records.open(a_row(f"one-{status}", status=status))
    await harness.records.open(a_row(f"done-{status}", status="completed"))
    async with harness.worker():
        plan = await harness.client.plan_retry(f"one-{status}")
        assert (plan.job.status, plan.job.forgotten) == (status, True)
        with pytest.raises(JobEndedError, match="start it again"):
            await harness.client.retry(f"one-{status}")
        with pytest.raises(NoSuchJobError):
            await harness.client.plan_retry(f"done-{status}")
        await harness.client.discard(f"one-{status}")
    row = await harness.records.get(f"one-{status}")
    assert row
    assert row.status == "discarded"


async def test_that_nobody_could_look_is_not_that_there_are_none(
    harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """Where no worker has ever been, it is said so."""
    day = Duration(seconds=86_400)
    await temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace="workerless", workflow_execution_retention_period=day)
    )
    harness.temporal = await Client.connect(
        server.address, namespace="workerless", plugins=[DalSegnoPlugin()]
    )
    told: list[str] = []
    assert [job async for job in harness.client.failed(tell=told.append)] == []
    assert [each for each in told if "No worker answers" in each] == told != []
    with pytest.raises(NoSuchJobError, match="No worker answers"):
        await harness.client.plan_retry("nobody")
    assert await harness.client.missing_workers(["music-generation"]) == ["music-generation"]
