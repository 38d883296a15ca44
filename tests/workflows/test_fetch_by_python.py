"""Fetching what a job published, by the Python client: what goes wrong is said in a sentence."""

from pathlib import Path

import pytest

from dalsegno.errors import StorageDenied, StorageUnavailable
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAMAGED = [
    b"",
    b"\xff",
    b"[" * 100_000,
    b"[]",
    b"{}",
    b'{"objects": []}',
    b'{"objects": {"master.wav": 1}}',
    b'{"objects": {"master.wav": {}}}',
]


async def test_neither_damage_nor_a_folder_that_cannot_be_is_a_bug(harness: Harness, tmp_path: Path) -> None:
    """`metadata.json` is anybody's who can write to the store, and the folder anybody's idea."""
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="fetched-by-python"))
        await job.result()
    files = await job.fetch(tmp_path / "new" / "music")
    assert files[-1].name == "metadata.json"
    assert all(file.is_file() for file in files)

    (tmp_path / "file").write_text("")
    with pytest.raises(StorageDenied, match="a file is where a folder should be"):
        await job.fetch(tmp_path / "file")
    with pytest.raises(StorageUnavailable, match="The folder /proc/self/music does not answer"):
        await job.fetch(Path("/proc/self/music"))

    (key,) = [key async for key in harness.store.list("") if key.endswith("fetched-by-python/metadata.json")]
    for damaged in DAMAGED:
        await harness.store.put(key, damaged, content_type="application/json")
        with pytest.raises(StorageDenied, match="is not what the job published: it can't be read"):
            await job.fetch(tmp_path / "again")
