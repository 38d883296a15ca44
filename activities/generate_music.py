"""Step generating: a provider makes the music, and all of it is in the store before the step ends."""

from collections.abc import Awaitable, Callable, Mapping

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from activities.processes import run_in_process
from activities.scratch import Scratch
from activities.staging import stage_file
from activities.work.making import make_music
from dalsegno.brief import brief_of
from dalsegno.deliverables.names import METADATA
from dalsegno.errors import InternalError, PayloadTooLarge
from dalsegno.models import (
    Model,
    MusicJob,
    ReferenceSong,
    SceneContext,
    StoredObject,
    staging_prefix,
)
from dalsegno.ports import MusicProvider, ObjectStore

# Rendering takes most of the step, putting the files into the store the rest.
_RENDERING = 0.9
# In bytes, far below what Temporal refuses: the result is the next step's input, with more beside it, and an input
# that is too large would not fail the job but hold it up for ever.
LARGEST_RESULT = 256 * 1024


class GenerateMusic(Model):
    """The job, its scenes and its reference song where it has any."""

    job: MusicJob
    scene_context: SceneContext | None
    reference_song: ReferenceSong | None = None


class GeneratedMusic(Model):
    """What was made: staged objects by the name under which they will be published."""

    title: str
    objects: dict[str, StoredObject]
    notes: list[str]


class Generation:
    """The activity of the step generating, for providers that work on this machine."""

    def __init__(self, store: ObjectStore, scratch: Scratch, providers: Mapping[str, MusicProvider]) -> None:
        self._store = store
        self._scratch = scratch
        self._providers = providers

    @activity.defn
    async def generate_music(self, generating: GenerateMusic) -> GeneratedMusic:
        """Makes the music and stages it. Heartbeats; the same job gives the same objects, however often it runs.

        Raises:
            InternalError: this worker doesn't have the job's provider.
        """
        job = generating.job
        provider = self._providers.get(job.provider)
        if provider is None:
            raise InternalError(f"This worker has no provider {job.provider!r}.")

        async def there() -> MusicProvider:
            return provider

        return await make_and_stage(
            self._store, self._scratch, job, generating.scene_context, generating.reference_song, there
        )


async def make_and_stage(
    store: ObjectStore,
    scratch: Scratch,
    job: MusicJob,
    scene_context: SceneContext | None,
    reference_song: ReferenceSong | None,
    provide: Callable[[], Awaitable[MusicProvider]],
    *,
    begin: float = 0.0,
) -> GeneratedMusic:
    """Has the music made by a process of its own and stages all of it. Heartbeats.

    Args:
        store: where the staging is.
        scratch: where the process works.
        job: whose music it is.
        scene_context: the job's scenes, where it has any.
        reference_song: what is known of the job's reference, where it has one.
        provide: brings what is needed, and says who makes the music.
        begin: how much of the step is done before, 0..1.

    Raises:
        PayloadTooLarge: the provider says too much of its music.
    """
    brief = brief_of(job.request, seed=job.seed, context=scene_context, reference=reference_song)
    async with heartbeat() as beating, scratch.folder() as folder:

        def report(fraction: float, message: str) -> None:
            beating.report(begin + (_RENDERING - begin) * fraction, message)

        async def work() -> GeneratedMusic:
            # A store that is away is met here, before the work that couldn't be kept.
            await store.stat(staging_prefix(job.job_id) + METADATA)
            provider = await provide()
            music, names = await run_in_process(make_music, report, provider, brief, scene_context, folder)
            objects = {}
            for number, name in enumerate(names):
                beating.report(_RENDERING + (1 - _RENDERING) * number / len(names), f"Storing {name}")
                objects[name] = await stage_file(store, job.job_id, name, folder / name)
            made = GeneratedMusic(title=music.title, objects=objects, notes=music.notes)
            if len(made.model_dump_json()) > LARGEST_RESULT:
                raise PayloadTooLarge("The provider says more of its music than may travel through Temporal.")
            return made

        return await unless_shutdown(work())
