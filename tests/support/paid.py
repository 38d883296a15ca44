"""Paid jobs in tests: a simulator of the provider, and a quick way to the end of a job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio import activity

from activities.fit_music import FitMusic
from activities.generate_music import GeneratedMusic
from activities.staging import stage_file
from dalsegno.models import CPU_TASK_QUEUE
from dalsegno.ports import ObjectStore
from dalsegno.providers.mureka import Mureka
from dalsegno.runtime.host import QueueWork
from tests.support.harness import Harness
from tests.support.mureka_simulator import API_KEY, MurekaSimulator


@asynccontextmanager
async def paid(
    harness: Harness,
    *,
    seconds: float = 0.0,
    limit: int = 1_000,
    concurrency: int = 10,
    submit_seconds: float = 0.0,
) -> AsyncIterator[MurekaSimulator]:
    """A simulator of Mureka that the harness's workers have the key to.

    Args:
        harness: whose workers.
        seconds: how long a task takes.
        limit: how many tasks the simulator lets be in flight.
        concurrency: how many the workers take it to let.
        submit_seconds: how long a submission takes.
    """
    async with MurekaSimulator(seconds=seconds, limit=limit, submit_seconds=submit_seconds) as mureka:
        provider = Mureka(
            api_key=API_KEY, base_url=mureka.base_url, concurrency=concurrency, poll_seconds=0.1
        )
        harness.task_providers = {"mureka": provider}
        yield mureka
        await provider.close()


class QuickFitting:
    """Publishes what came from the provider as it is: for tests of many jobs that are not about sound."""

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    @activity.defn
    async def fit_music(self, fitting: FitMusic) -> GeneratedMusic:
        """Takes the place of the activity of this name."""
        recording = self._folder / f"{fitting.job.job_id}.wav"
        await self._store.get(fitting.music.key, recording)
        objects = {
            name: await stage_file(self._store, fitting.job.job_id, name, recording)
            for name in ("master.wav", "preview.mp3")
        }
        return GeneratedMusic(title="As it came", objects=objects, notes=[])


def with_quick_fitting(work: list[QueueWork], store: ObjectStore, folder: Path) -> list[QueueWork]:
    """The same work with `QuickFitting` in it."""
    quick = QueueWork(CPU_TASK_QUEUE, activities=[QuickFitting(store, folder).fit_music])
    return [quick if each.task_queue == CPU_TASK_QUEUE else each for each in work]
