"""Jobs whose music can't be made: contained in a process, failed with a type, and their neighbours finish."""

import asyncio

import pytest

from activities import processes
from dalsegno.client import JobHandle
from dalsegno.errors import JobEndedError
from tests.support.harness import Harness, a_request
from tests.support.providers import PoisonedProvider, calls_noted

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEIGHBOURS = 4


@pytest.mark.parametrize(
    ("prompt", "attempts", "says"),
    [
        ("crash", 1, "ended unexpectedly (exit code -11)"),
        ("die", 3, "ended unexpectedly (exit code -9)"),  # once may be the machine's doing, not the job's
        ("fill memory", 1, "takes more memory than the 2 GiB"),
        ("never end", 1, "did not end within 0.3 minutes"),
    ],
)
async def test_a_poisoned_job_fails_and_its_neighbours_finish(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, prompt: str, attempts: int, says: str
) -> None:
    """It fails as InternalError, by itself; no other job notices, nor does the worker."""
    if prompt == "never end":
        monkeypatch.setattr(processes, "LONGEST_SECONDS", 18.0)
    harness.providers = {"builtin": PoisonedProvider(harness.calls)}
    name = prompt.replace(" ", "-")

    async def start(prompt: str, job_id: str) -> JobHandle:
        return await harness.client.start(a_request(prompt=prompt, job_id=job_id))

    async with harness.worker():
        poisoned = await start(prompt, f"poison-{name}")
        neighbours = [await start("hum", f"poison-{name}-neighbour-{each}") for each in range(NEIGHBOURS)]
        await asyncio.gather(*(each.result() for each in neighbours))
        with pytest.raises(JobEndedError):
            await poisoned.result()
        failure = (await poisoned.status()).failure
    assert failure
    assert (failure.step, failure.type) == ("generating", "InternalError")
    assert says in failure.message
    assert calls_noted(harness.calls) == attempts
