"""Step uploading: from staging to where the customer finds it, `metadata.json` last."""

from datetime import datetime

from temporalio import activity

from activities.generate_music import GeneratedMusic
from activities.heartbeat import heartbeat, unless_shutdown
from dalsegno.deliverables import CONTENT_TYPES
from dalsegno.deliverables.metadata import metadata
from dalsegno.models import Model, MusicJob, SceneContext, StoredObject, object_prefix
from dalsegno.ports import ObjectStore


class PublishMusic(Model):
    """What to publish, and since when the job exists (the workflow's time)."""

    job: MusicJob
    music: GeneratedMusic
    scene_context: SceneContext | None
    created_at: datetime


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
                objects["metadata.json"] = await self._store.put(
                    f"{prefix}metadata.json",
                    metadata(publishing.job, publishing.music.title, objects, publishing.scene_context, publishing.created_at),
                    content_type=CONTENT_TYPES[".json"],
                )
                return PublishedMusic(objects=objects)

            return await unless_shutdown(publish())
