from collections.abc import Callable

import pytest
from temporalio.client import Client

from dalsegno.client import JobHandle, job
from dalsegno.errors import UnreachableError
from dalsegno.models import STEPS, JobStatus, StepStatus
from dalsegno.storage.memory import MemoryObjectStore


def standing(message: str, status: str = "running") -> JobStatus:
    """A job at half its way."""
    return JobStatus.model_validate(
        {
            "job_id": "j",
            "customer_id": "acme",
            "status": status,
            "step": "generating",
            "progress": 50.0,
            "message": message,
            "steps": [StepStatus(name=name, state="pending") for name in STEPS],
        }
    )


class Answering(JobHandle):
    """A job whose status is what is told here, one after the other; the last one is told for ever."""

    answers: list[JobStatus | Exception]

    async def status(self) -> JobStatus:
        """The next answer."""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def answering(store: MemoryObjectStore) -> Callable[..., JobHandle]:
    """Makes a job that answers as told."""
    temporal = await Client.connect("127.0.0.1:1", lazy=True)

    def made(*answers: JobStatus | Exception) -> JobHandle:
        handle = Answering(temporal, store, "j")
        handle.answers = list(answers)
        return handle

    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits half a second between two looks."""
    monkeypatch.setattr(job, "_WATCH_SECONDS", 0.001)


async def test_calls_without_an_answer_are_told_of_and_tried_again(
    answering: Callable[..., JobHandle],
) -> None:
    """The watch goes on when the server is back, with the job where it was."""
    away = UnreachableError("The Temporal server does not answer.")
    handle = answering(standing("Before"), away, away, standing("After"), standing("Ready", "completed"))
    told = [(each.message, each.last_error) async for each in handle.watch()]
    assert told == [("Before", None), ("Before", job.TRYING_AGAIN), ("After", None), ("Ready", None)]


async def test_a_first_call_without_an_answer_is_tried_again_too(
    answering: Callable[..., JobHandle],
) -> None:
    """There is nothing to show yet, but the job is there."""
    handle = answering(UnreachableError("Away."), standing("Ready", "completed"))
    assert [each.message async for each in handle.watch()] == ["Ready"]


async def test_patience_ends(answering: Callable[..., JobHandle], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stays away is an error, after the job's last status."""
    monkeypatch.setattr(job, "PATIENCE_SECONDS", 0.05)
    handle = answering(standing("Before"), UnreachableError("Away."))
    told = handle.watch()
    assert [(await anext(told)).last_error for _ in range(2)] == [None, job.TRYING_AGAIN]
    with pytest.raises(UnreachableError, match=r"Away\."):
        await anext(told)
