"""metadata.json: what a job made, from what, and where it lies.

It is written last: where it is, the job is complete.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from dalsegno import __version__
from dalsegno.models import MusicBrief, ReferenceSong, SceneContext, StoredObject


def metadata(
    *,
    job_id: str,
    customer_id: str,
    request_sha256: str,
    provider: str,
    title: str,
    brief: MusicBrief,
    reference_song: ReferenceSong | None,
    scene_context: SceneContext | None,
    created_at: datetime,
    objects: Mapping[str, StoredObject],
) -> bytes:
    """The document as UTF-8 JSON with sorted keys: the same arguments give the same bytes.

    Args:
        job_id: the job.
        customer_id: whose job it is.
        request_sha256: the identity of the request, in hex.
        provider: who made the music.
        title: the name of the piece.
        brief: what the music was made from: duration, mood, prompt, instruments and seed come from it.
        reference_song: what was found out about the reference, if there is one.
        scene_context: the scenes of the video, if it has some.
        created_at: the job's own time, with a time zone; no clock is read here.
        objects: all that was published, by relative name.

    Raises:
        ValueError: `created_at` has no time zone.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at needs a time zone")
    document = {
        "job_id": job_id,
        "customer_id": customer_id,
        "request_sha256": request_sha256,
        "provider": provider,
        "title": title,
        "duration": brief.duration,
        "mood": brief.mood,
        "prompt": brief.prompt,
        "instruments": brief.instruments,
        "seed": brief.seed,
        "reference_song": reference_song and reference_song.model_dump(mode="json"),
        "scene_aware": scene_context is not None,
        "scene_context": scene_context and scene_context.model_dump(mode="json"),
        "created_at": created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "objects": {name: stored.model_dump(mode="json") for name, stored in objects.items()},
        "dalsegno_version": __version__,
    }
    return (
        json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()
