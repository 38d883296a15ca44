"""Jobs whose run ends without any workflow code being run: terminated, timed out, reset while they run."""

import asyncio
import os
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from dalsegno.client import JobHandle
from dalsegno.models import STEPS, TASK_QUEUE, WORKFLOW_TYPE, JobStatus
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.harness import Harness, a_request
from tests.support.jobs import a_job
from tests.support.providers import PatientProvider

pytestmark = pytest.mark.asyncio(loop_scope="session")

# In percent: where generating begins.
STEP_START = 20.0


async def in_the_midst(job: JobHandle) -> None:
    """Waits until the job is in the midst of generating."""

    async def told() -> bool:
        return (await job.status()).message == "Listening to the rain"

    await eventually(told)


async def run_command(command: str, server: EmbeddedServer) -> None:
    """Runs a command as it was printed, with the address in the environment."""
    program, *arguments = shlex.split(command)
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / program,
        *arguments,
        env=os.environ | {"TEMPORAL_ADDRESS": server.address},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def state_of(status: JobStatus, name: str) -> str:
    """How one step stands."""
    return next(step.state for step in status.steps if step.name == name)


async def test_a_terminated_job_says_where_it_ended_and_the_command_that_takes_it_up(
    harness: Harness, server: EmbeddedServer
) -> None:
    """No step runs any more, and the failed one runs again by the command as it stands."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="terminated"))
        await in_the_midst(job)
        await harness.temporal.get_workflow_handle(job.id).terminate("by hand")
        status = await job.status()
        closed = (await harness.temporal.get_workflow_handle(job.id).describe()).close_time
        assert (status.status, status.step) == ("failed", "generating")
        ended = next(step for step in status.steps if step.name == "generating")
        assert (ended.state, ended.finished_at) == ("failed", closed)
        failure = status.failure
        assert failure
        assert (failure.step, failure.type) == ("generating", "Terminated")
        assert failure.reset_command
        assert status.message == failure.message
        assert failure.message.endswith(failure.reset_command)
        go_on.touch()
        await run_command(failure.reset_command, server)
        await job.result()


async def test_a_job_that_the_server_timed_out_is_told_without_a_worker(harness: Harness) -> None:
    """The server alone knows how it ended."""
    await harness.temporal.start_workflow(
        WORKFLOW_TYPE,
        a_job("server-time-out"),
        id="server-time-out",
        task_queue=TASK_QUEUE,
        run_timeout=timedelta(seconds=1),
    )
    job = harness.client.job("server-time-out")

    async def ended() -> bool:
        return (await job.status()).status == "failed"

    await eventually(ended)
    status = await job.status()
    assert status.failure
    assert (status.failure.step, status.failure.type) == ("queued", "JobTimedOut")
    assert state_of(status, "queued") == "failed"


async def test_result_goes_on_with_a_job_that_is_reset_while_it_runs(harness: Harness) -> None:
    """The run that is waited for is terminated by the reset, but the job is not."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="reset-meanwhile"))
        await in_the_midst(job)
        waiting = asyncio.create_task(job.result())
        await asyncio.sleep(0.5)  # so that it waits for the run that is superseded
        await harness.reset(job.id)
        go_on.touch()
        result = await waiting
    assert result.job_id == job.id


async def test_without_a_worker_the_steps_are_told_by_position(harness: Harness) -> None:
    """Those before are done, those after pending, and progress keeps what the heartbeat told last."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="by-position"))
        await in_the_midst(job)

        async def recorded() -> bool:  # by the server: heartbeats travel at intervals
            return (await job.status()).progress > STEP_START

        await eventually(recorded)
    status = await job.status()
    assert status.message.startswith("No worker answers")
    assert (status.status, status.step) == ("running", "generating")
    assert status.progress > STEP_START
    assert [step.name for step in status.steps] == list(STEPS)
    assert [step.state for step in status.steps] == [*["done"] * 4, "running", "pending", "pending"]
    assert all(step.note and "position" in step.note for step in status.steps)


async def test_a_job_that_failed_is_told_whole_without_a_worker(harness: Harness) -> None:
    """Its failure, and the command that takes it up."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="terminated-alone"))
        await in_the_midst(job)
        await harness.temporal.get_workflow_handle(job.id).terminate("by hand")
    status = await job.status()
    assert (status.status, state_of(status, "generating")) == ("failed", "failed")
    assert status.failure
    assert status.failure.step == "generating"
    assert status.failure.reset_command
    assert "--type LastWorkflowTask" in status.failure.reset_command
