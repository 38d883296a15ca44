"""Step generating, its last part for paid tasks: what came from the provider is fitted to length and mastered."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.generate_music import GeneratedMusic, make_and_stage
from activities.paid_generation import DOWNLOADED, PaidTask
from activities.payments import Payments
from activities.scratch import Scratch
from activities.work.making import Fitted
from dalsegno.errors import DownloadFailed, GenerationRejected
from dalsegno.models import Model, MusicJob, ReferenceSong, SceneContext, StoredObject
from dalsegno.ports import ObjectStore


class FitMusic(Model):
    """The job, its scenes and its reference song where it has any, and the music as it came, in the job's staging."""

    job: MusicJob
    scene_context: SceneContext | None
    task: PaidTask
    music: StoredObject
    reference_song: ReferenceSong | None = None


class MusicFitting:
    """The activity that makes a provider's recording the job's music."""

    def __init__(self, store: ObjectStore, scratch: Scratch, payments: Payments) -> None:
        self._store = store
        self._scratch = scratch
        self._payments = payments

    @activity.defn
    async def fit_music(self, fitting: FitMusic) -> GeneratedMusic:
        """Cuts or extends the recording to the job's duration, masters it and stages all. CPU-bound; heartbeats.

        Raises:
            GenerationRejected: there is no music in it.
            ApplicationError: of type DownloadFailed, if it can't be decoded: a retry of the job downloads it anew.
        """
        task = fitting.task
        try:
            return await self._fit(fitting)
        except GenerationRejected as error:
            await self._payments.reject(
                await self._payments.accept(task.job_id, task.ordinal, task.task_id), str(error)
            )
            raise
        except DownloadFailed as error:
            await self._payments.forget_kept(
                await self._payments.accept(task.job_id, task.ordinal, task.task_id)
            )
            raise ApplicationError(str(error), type=DownloadFailed.__name__, non_retryable=True) from None

    async def _fit(self, fitting: FitMusic) -> GeneratedMusic:
        async with self._scratch.folder() as folder:

            async def fetch() -> Fitted:
                recording = folder / fitting.music.key.rsplit("/", 1)[-1]
                await self._store.get(fitting.music.key, recording)
                return Fitted(recording)

            return await make_and_stage(
                self._store,
                self._scratch,
                fitting.job,
                fitting.scene_context,
                fitting.reference_song,
                fetch,
                begin=DOWNLOADED,
            )
