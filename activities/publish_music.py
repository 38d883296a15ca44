"""Step uploading: from staging to where the customer finds it, `metadata.json` last."""

from datetime import datetime

from temporalio import activity

from activities.generate_music import GeneratedMusic
from activities.heartbeat import heartbeat, unless_shutdown
from dalsegno.brief import brief_of
from dalsegno.deliverables.metadata import metadata
from dalsegno.deliverables.names import CONTENT_TYPES, METADATA
from dalsegno.models import Model, MusicJob, ReferenceSong, SceneContext, StoredObject, object_prefix
from dalsegno.ports import ObjectStore


class PublishMusic(Model):
    """What to publish, and since when the job exists (the workflow's time)."""

    job: MusicJob
    music: GeneratedMusic
    scene_context: SceneContext | None
    created_at: datetime
    reference_song: ReferenceSong | None = None


class PublishedMusic(Model):
    """What the customer finds, by file name."""

    objects: dict[str, StoredObject]


class Publication:
    """The activity of the step uploading."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @activity.defn
    async def publish_music(self, publishing: PublishMusic) -> PublishedMusic:
        """Copies each staged object to its place, then writes `metadata.json`. Doing it again changes nothing."""
        async with heartbeat() as beating:

            async def publish() -> PublishedMusic:
                prefix = object_prefix(publishing.job.request.customer_id, publishing.job.job_id)
                objects = {}
                staged = publishing.music.objects
                for number, (name, source) in enumerate(staged.items()):
                    beating.report(number / (len(staged) + 1), f"Publishing {name}")
                    objects[name] = await self._store.copy(
                        source, prefix + name, content_type=CONTENT_TYPES[f".{name.rsplit('.', 1)[-1]}"]
                    )
                beating.report(len(staged) / (len(staged) + 1), "Publishing metadata.json")
                objects[METADATA] = await self._store.put(
                    prefix + METADATA, _metadata(publishing, objects), content_type=CONTENT_TYPES[".json"]
                )
                return PublishedMusic(objects=objects)

            return await unless_shutdown(publish())


def _metadata(publishing: PublishMusic, objects: dict[str, StoredObject]) -> bytes:
    job = publishing.job
    return metadata(
        job_id=job.job_id,
        customer_id=job.request.customer_id,
        request_sha256=job.request_sha256,
        provider=job.provider,
        title=publishing.music.title,
        brief=brief_of(
            job.request, seed=job.seed, context=publishing.scene_context, reference=publishing.reference_song
        ),
        reference_song=publishing.reference_song,
        scene_context=publishing.scene_context,
        created_at=publishing.created_at,
        objects=objects,
    )
