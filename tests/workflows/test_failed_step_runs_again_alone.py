"""A failed job, mended and reset: the failed step runs again, and nothing before it."""

import shlex

import pytest

from dalsegno.client import JobHandle
from dalsegno.errors import ContentPolicyViolation, JobEndedError
from dalsegno.models import JobStatus
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness, a_request
from tests.support.listed import listed_as_failed
from tests.support.providers import FailingProvider, calls_noted
from tests.support.temporal_cli import temporal_cli

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def failed_upload(harness: Harness, job_id: str) -> tuple[JobHandle, JobStatus, list[bool]]:
    """A job whose upload is refused for as long as the returned list holds something."""
    broken = harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
            await job.result()
        status = await job.status()
    return job, status, broken


async def test_the_failure_says_which_step_and_how_to_go_on(harness: Harness) -> None:
    """Status, row and search attributes name the step and the type; the message ends with the command."""
    job, status, _ = await failed_upload(harness, "says-how")
    assert status.status == "failed"
    failure = status.failure
    assert failure
    assert (failure.step, failure.type) == ("uploading", "StorageDenied")
    assert failure.reset_command
    assert failure.message.endswith(failure.reset_command)
    row = await harness.records.get(job.id)
    assert row
    assert (row.status, row.step, row.failure_type) == ("failed", "uploading", "StorageDenied")
    assert row.error_message == failure.message
    ours = await listed_as_failed(harness.client, job.id)
    assert (ours.failed_step, ours.failure_type) == ("uploading", "StorageDenied")


async def test_the_printed_command_runs_only_the_failed_step(
    harness: Harness, server: EmbeddedServer
) -> None:
    """The command of the failure message, run as it stands, publishes what was generated before."""
    job, status, broken = await failed_upload(harness, "by-command")
    assert status.failure
    assert status.failure.reset_command
    broken.clear()
    program, *arguments = shlex.split(status.failure.reset_command)
    assert program == "temporal"
    async with harness.worker():
        await temporal_cli(server, *arguments)
        result = await job.result()
    assert result.objects["master.wav"].bytes
    assert calls_noted(harness.calls) == 1
    row = await harness.records.get(job.id)
    assert row
    assert (row.status, row.error_message, row.failure_type) == ("completed", None, None)


async def test_a_plain_reset_to_the_last_workflow_task_does_the_same(
    harness: Harness, server: EmbeddedServer
) -> None:
    """What the Web UI's button and `--type LastWorkflowTask` do runs the failed step, not its failure again."""
    job, _, broken = await failed_upload(harness, "by-type")
    reset = ("workflow", "reset", "--workflow-id", job.id, "--type", "LastWorkflowTask", "--reason", "t")
    async with harness.worker():
        await temporal_cli(server, *reset)  # while it is still broken
        with pytest.raises(JobEndedError, match=r"The bucket is read-only\."):
            await job.result()
        broken.clear()
        await temporal_cli(server, *reset)
        await job.result()
        status = await job.status()
    assert calls_noted(harness.calls) == 1
    assert status.failure is None
    assert status.status == "completed"


async def test_only_the_current_run_of_a_reset_job_is_listed(
    harness: Harness, server: EmbeddedServer
) -> None:
    """The failed run that a reset has superseded is not, however long it stays in Temporal's list."""
    job, _, broken = await failed_upload(harness, "superseded")
    broken.clear()
    async with harness.worker():
        await temporal_cli(
            server,
            *("workflow", "reset", "--workflow-id", job.id, "--type", "LastWorkflowTask", "--reason", "t"),
        )
        await job.result()
    assert job.id not in [each.job_id async for each in harness.client.list(status="failed")]


async def test_a_permanent_error_of_the_provider_fails_at_once(harness: Harness) -> None:
    """Who raises decides: no second attempt, and the type is the error's."""
    broken = harness.folder / "broken"
    broken.touch()
    error = ContentPolicyViolation("The provider refuses the words of the prompt.")
    harness.providers = {"builtin": FailingProvider(harness.calls, broken, error)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="refused"))
        with pytest.raises(JobEndedError, match="refuses the words"):
            await job.result()
        status = await job.status()
    assert calls_noted(harness.calls) == 1
    assert status.failure
    assert (status.failure.step, status.failure.type) == ("generating", "ContentPolicyViolation")


async def test_a_bug_fails_the_job_as_internal_error_without_its_text(harness: Harness) -> None:
    """What an unexpected error says may be secret: the failure has its class and its place alone."""
    broken = harness.folder / "broken"
    broken.touch()
    bug = ValueError("postgresql://dalsegno:hunter2@db/music")
    harness.providers = {"builtin": FailingProvider(harness.calls, broken, bug)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="bug"))
        with pytest.raises(JobEndedError, match=r"A bug in Dal Segno: ValueError at providers\.py:\d+"):
            await job.result()
        status = await job.status()
        history = (await harness.temporal.get_workflow_handle("bug").fetch_history()).to_json()
    assert status.failure
    assert status.failure.type == "InternalError"
    assert "hunter2" not in history
