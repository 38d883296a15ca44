"""What a job keeps in the store between its steps: named by its content, gone when the job is complete."""

import asyncio
import hashlib
from pathlib import Path

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from dalsegno.deliverables.names import CONTENT_TYPES
from dalsegno.models import StoredObject, staging_prefix
from dalsegno.ports import ObjectStore


async def stage_file(store: ObjectStore, job_id: str, name: str, path: Path) -> StoredObject:
    """Puts a file into the job's staging. What an earlier attempt has put there is not sent again."""
    sha256 = await asyncio.to_thread(_sha256_of, path)
    key = f"{staging_prefix(job_id)}{sha256}/{name}"
    there = await store.stat(key)
    if there and there.sha256 == sha256:
        return there
    return await store.put(key, path, content_type=CONTENT_TYPES[path.suffix])


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Staging:
    """The activity that clears a job's staging."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @activity.defn
    async def clear_staging(self, job_id: str) -> None:
        """Deletes all that the job kept between its steps."""

        async def clear() -> None:
            async for key in self._store.list(staging_prefix(job_id)):
                await self._store.delete(key)

        async with heartbeat():
            await unless_shutdown(clear())
