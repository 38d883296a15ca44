"""Generating and uploading, each as an activity alone."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.generate_music import GeneratedMusic, GenerateMusic, Generation
from activities.publish_music import Publication, PublishMusic
from activities.scratch import Scratch
from activities.staging import Staging
from dalsegno.errors import InternalError, ObjectMissing, StorageUnavailable
from dalsegno.models import StepProgress
from dalsegno.ports import ObjectStore
from dalsegno.storage.memory import MemoryObjectStore
from tests.support.faulty_store import FaultyStore
from tests.support.jobs import a_job
from tests.support.providers import ToneProvider, calls_noted

CREATED = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryObjectStore:
    """An empty store."""
    return MemoryObjectStore()


async def generate(store: ObjectStore, scratch: Scratch, calls: Path) -> GeneratedMusic:
    """Runs the activity once."""
    generation = Generation(store, scratch, {"builtin": ToneProvider(calls)})
    return await ActivityEnvironment().run(
        generation.generate_music, GenerateMusic(job=a_job(), scene_context=None)
    )


async def keys(store: MemoryObjectStore) -> dict[str, str]:
    """What lies in the store: content by key."""
    found = {}
    async for key in store.list(""):
        stored = await store.stat(key)
        assert stored
        found[key] = stored.sha256
    return found


async def test_what_is_staged_is_named_by_its_content(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """And doing it twice gives the same objects: a late worker harms nobody."""
    first = await generate(store, scratch, tmp_path / "calls")
    staged = await keys(store)
    second = await generate(store, scratch, tmp_path / "calls")
    assert first == second
    assert await keys(store) == staged
    for name, item in first.objects.items():
        assert item.key == f"staging/job/{item.sha256}/{name}"


async def test_a_store_that_is_away_costs_no_render(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """It is met before the work that couldn't be kept."""
    away = FaultyStore(store, lambda _operation, _key: StorageUnavailable("Away."))
    with pytest.raises(StorageUnavailable):
        await generate(away, scratch, tmp_path / "calls")
    assert calls_noted(tmp_path / "calls") == 0


async def test_no_file_stays_in_the_scratch_folder(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """Temporary files go with the step."""
    await generate(store, scratch, tmp_path / "calls")
    assert list((tmp_path / "scratch").glob("worker-*/*")) == []


async def test_progress_goes_on_from_what_an_earlier_attempt_has_shown(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """A second attempt begins at its first beat where the first one was."""
    beats: list[StepProgress] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.append
    earlier = StepProgress(fraction=0.8, message="Mastering")
    environment.info = type(environment.info)(
        **{**vars(environment.info), "heartbeat_details": [earlier.model_dump()]}
    )
    generation = Generation(store, scratch, {"builtin": ToneProvider(tmp_path / "calls")})
    await environment.run(generation.generate_music, GenerateMusic(job=a_job(), scene_context=None))
    assert beats[0] == earlier
    assert all(beat.fraction >= 0.8 for beat in beats)


async def test_a_provider_that_this_worker_lacks_is_an_error(
    store: MemoryObjectStore, scratch: Scratch
) -> None:
    """Never music by somebody else."""
    generation = Generation(store, scratch, {})
    with pytest.raises(InternalError, match="no provider 'builtin'"):
        await ActivityEnvironment().run(
            generation.generate_music, GenerateMusic(job=a_job(), scene_context=None)
        )


async def test_publishing_twice_changes_nothing(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """Even after the staging is gone, which is how a completed job is published again."""
    music = await generate(store, scratch, tmp_path / "calls")
    publishing = PublishMusic(job=a_job(), music=music, scene_context=None, created_at=CREATED)
    publication = Publication(store)
    first = await ActivityEnvironment().run(publication.publish_music, publishing)
    await ActivityEnvironment().run(Staging(store).clear_staging, "job")
    published = await keys(store)
    assert all(key.startswith("customers/acme/music/job/") for key in published)
    second = await ActivityEnvironment().run(publication.publish_music, publishing)
    assert first == second
    assert await keys(store) == published


async def test_metadata_is_written_last(store: MemoryObjectStore, scratch: Scratch, tmp_path: Path) -> None:
    """Where it is, all that it names is there: a publication that breaks off leaves none."""
    music = await generate(store, scratch, tmp_path / "calls")
    lost = list(music.objects.values())[-1]
    await store.delete(lost.key)
    publishing = PublishMusic(job=a_job(), music=music, scene_context=None, created_at=CREATED)
    with pytest.raises(ObjectMissing):
        await ActivityEnvironment().run(Publication(store).publish_music, publishing)
    prefix = "customers/acme/music/job/"
    assert await store.stat(f"{prefix}master.wav")
    assert await store.stat(f"{prefix}metadata.json") is None


async def test_metadata_says_what_was_made(
    store: MemoryObjectStore, scratch: Scratch, tmp_path: Path
) -> None:
    """Its times are the workflow's, its objects those that were published."""
    music = await generate(store, scratch, tmp_path / "calls")
    publishing = PublishMusic(job=a_job(), music=music, scene_context=None, created_at=CREATED)
    published = await ActivityEnvironment().run(Publication(store).publish_music, publishing)
    metadata = json.loads(await store.read("customers/acme/music/job/metadata.json"))
    assert metadata["created_at"] == "2026-01-02T00:00:00Z"
    assert set(metadata["objects"]) == set(published.objects) - {"metadata.json"}
