"""However a job fails: it is Failed, with a type of the contract, listed, its row says so, and it can go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

import activities.housekeeping
from dalsegno.client import JobHandle
from dalsegno.errors import FAILURE_TYPES, DownloadFailed, JobEndedError, StorageUnavailable
from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE, MusicBrief
from dalsegno.ports import RenderedMusic, Report
from tests.support.faulty_store import FaultyStore
from tests.support.harness import Harness, a_request
from tests.support.listed import listed_as_failed
from tests.support.providers import DyingProvider, FailingProvider, PatientProvider, ToneProvider
from workflows import policies
from workflows.job_state import JobState

pytestmark = pytest.mark.asyncio(loop_scope="session")


@contextmanager
def impatient(activity: str, *, attempt: float, total: float) -> Iterator[None]:
    """As long as the block runs, an activity gives up within so many seconds."""
    hasty = replace(
        policies.POLICIES[activity], attempt=timedelta(seconds=attempt), total=timedelta(seconds=total)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(policies.POLICIES, activity, hasty)
        yield


async def fails_as(harness: Harness, job_id: str, step: str, failure_type: str) -> JobHandle:
    """Starts a job that must fail so, and looks at it from all sides."""
    assert failure_type in FAILURE_TYPES
    job = await harness.client.start(a_request(job_id=job_id))
    with pytest.raises(JobEndedError):
        await job.result()
    status = await job.status()
    assert status.failure
    assert (status.status, status.failure.step, status.failure.type) == ("failed", step, failure_type)
    assert status.failure.reset_command
    assert status.failure.message.endswith(status.failure.reset_command)
    listed = await listed_as_failed(harness.client, job_id)
    assert (listed.failed_step, listed.failure_type) == (step, failure_type)
    row = await harness.records.get(job_id)
    assert row
    assert (row.status, row.step, row.failure_type) == ("failed", step, failure_type)
    return job


async def goes_on(harness: Harness, job: JobHandle) -> None:
    """After the cause was mended, a retry completes the job."""
    await harness.client.retry(job.id)
    await job.result()


async def test_a_step_that_hangs(harness: Harness) -> None:
    """It doesn't block its slot for ever."""
    go_on = harness.folder / "go-on"
    harness.providers = {"builtin": PatientProvider(harness.calls, go_on)}
    async with harness.worker():
        with impatient("generate_music", attempt=2, total=4):
            job = await fails_as(harness, "hangs", "generating", "StepTimedOut")
        go_on.touch()
        await goes_on(harness, job)


async def test_a_temporary_error_that_does_not_heal(harness: Harness) -> None:
    """When the time for trying again is over, the job fails with what was in the way."""
    away = [True]

    def fault(operation: str, key: str) -> Exception | None:
        return StorageUnavailable("The store does not answer.") if away and operation == "copy" else None

    harness.store = FaultyStore(harness.store, fault)
    async with harness.worker():
        with impatient("publish_music", attempt=8, total=8):
            job = await fails_as(harness, "unhealed", "uploading", "StorageUnavailable")
        away.clear()
        await goes_on(harness, job)


async def test_a_temporary_error_of_a_provider(harness: Harness) -> None:
    """The same, from within the process that renders."""
    broken = harness.folder / "broken"
    broken.touch()
    harness.providers = {"builtin": FailingProvider(harness.calls, broken, DownloadFailed("Cut short."))}
    async with harness.worker():
        with impatient("generate_music", attempt=10, total=10):
            job = await fails_as(harness, "cut-short", "generating", "DownloadFailed")
        broken.unlink()
        await goes_on(harness, job)


@dataclass(frozen=True)
class VerboseProvider:
    """Gives the music a title of three megabytes."""

    calls: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Hums."""
        return replace(ToneProvider(self.calls).render(brief, folder, report), title="la" * 1_500_000)


async def test_a_result_that_is_too_large(harness: Harness) -> None:
    """It is not tried again and again."""
    harness.providers = {"builtin": VerboseProvider(harness.calls)}
    async with harness.worker():
        await fails_as(harness, "verbose", "generating", "PayloadTooLarge")
    assert len(harness.calls.read_text().splitlines()) == 1


async def test_a_bug_in_workflow_code(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workflow doesn't stay Running for ever."""

    def bug(*_: object) -> None:
        raise TypeError("not again")

    monkeypatch.setattr(activities.housekeeping, "SETTLED", timedelta(0))
    note = JobState.note
    monkeypatch.setattr(JobState, "note", bug)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="workflow-bug"))
        with pytest.raises(JobEndedError):
            await job.result()
        # The row is the housekeeping's: what the bug's task recorded would be in the way of going on.
        await harness.temporal.execute_workflow(
            HOUSEKEEPING_WORKFLOW_TYPE, id="round", task_queue=TASK_QUEUE, run_timeout=timedelta(seconds=40)
        )
        row = await harness.records.get("workflow-bug")
        assert row
        assert (row.status, row.failure_type) == ("failed", "InternalError")
        listed = await listed_as_failed(harness.client, "workflow-bug")
        assert (listed.failed_step, listed.failure_type) == ("generating", "InternalError")
        monkeypatch.setattr(JobState, "note", note)
        await goes_on(harness, job)
    row = await harness.records.get("workflow-bug")
    assert row
    assert (row.status, row.error_message) == ("completed", None)


async def test_a_job_whose_render_kills_its_process(harness: Harness) -> None:
    """It fails; the worker lives and does other jobs."""
    harness.providers = {"builtin": DyingProvider(harness.calls)}
    async with harness.worker():
        job = await fails_as(harness, "poison", "generating", "InternalError")
    harness.providers = {"builtin": ToneProvider(harness.calls)}
    async with harness.worker():
        await goes_on(harness, job)
