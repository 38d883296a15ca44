import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dalsegno.deliverables.metadata import metadata
from dalsegno.models import MusicBrief, ReferenceSong, Scene, SceneContext, StoredObject

BRIEF = MusicBrief(duration=30.0, seed=7, mood="calm", prompt="quiet 🎹", instruments=["piano"])
CONTEXT = SceneContext(
    dominant_mood="calm",
    average_energy=20.0,
    scene_count=1,
    summary="Calm.",
    scenes=[Scene(start=0.0, end=30.0, mood="calm", energy=20.0)],
)


def document(
    *,
    created_at: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    reference_song: ReferenceSong | None = None,
    scene_context: SceneContext | None = None,
    names: tuple[str, ...] = ("master.wav", "index.html"),
) -> bytes:
    """The document of one job, with what a test varies."""
    return metadata(
        job_id="job-1",
        customer_id="acme",
        request_sha256="ab" * 32,
        provider="builtin",
        title="Quiet — Morning",
        brief=BRIEF,
        reference_song=reference_song,
        scene_context=scene_context,
        created_at=created_at,
        objects={name: StoredObject(key=f"k/{name}", bytes=3, sha256="cd" * 32) for name in names},
    )


def test_metadata_says_what_was_made_from_what() -> None:
    """Every field of the job stands in the document, objects by name."""
    content = json.loads(document(scene_context=CONTEXT, reference_song=ReferenceSong(bpm=90.0)))

    assert content["objects"]["master.wav"] == {"key": "k/master.wav", "bytes": 3, "sha256": "cd" * 32}
    assert content["reference_song"]["bpm"] == 90.0
    assert content["scene_context"]["scenes"][0]["mood"] == "calm"
    assert content["scene_aware"] is True
    expected = {
        "job_id": "job-1",
        "customer_id": "acme",
        "request_sha256": "ab" * 32,
        "provider": "builtin",
        "title": "Quiet — Morning",
        "duration": 30.0,
        "mood": "calm",
        "prompt": "quiet 🎹",
        "instruments": ["piano"],
        "seed": 7,
        "created_at": "2026-01-02T03:04:05Z",
    }
    assert {name: content[name] for name in expected} == expected


def test_without_scenes_and_reference_both_are_null() -> None:
    """What the job has not is null, and the music then knew of no scene."""
    content = json.loads(document())

    assert content["scene_context"] is None
    assert content["reference_song"] is None
    assert content["scene_aware"] is False


def test_metadata_is_canonical() -> None:
    """Neither the order of the objects nor the time zone that a time is given in changes a byte."""
    elsewhere = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))

    assert document() == document(created_at=elsewhere, names=("index.html", "master.wav"))


def test_a_time_without_zone_is_refused() -> None:
    """A local time would mean something else on each machine."""
    with pytest.raises(ValueError, match="time zone"):
        document(created_at=datetime(2026, 1, 2))  # noqa: DTZ001 - what is refused here
