"""Ten jobs' audio at once: it is streamed, so that memory doesn't grow with it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.seaweedfs import CREDENTIALS

JOBS, MEGABYTES = 10, 50
PROGRAM = """
import asyncio, pathlib, resource, sys
from dalsegno.storage.local import FolderObjectStore
from dalsegno.storage.s3 import S3ObjectStore
jobs, source, folder, place, address, key_id, secret = sys.argv[1:]
source, folder = pathlib.Path(source), pathlib.Path(folder)
keys = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
if address:
    store = S3ObjectStore(place, endpoint_url=address, variables=keys)
else:
    store = FolderObjectStore(pathlib.Path(place))

async def transfer(key, source):
    await store.put(key, source, content_type="audio/wav")
    await store.get(key, folder / key)

async def main():
    await transfer("warm", b"x")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await asyncio.gather(*(transfer(f"job-{number}", source) for number in range(int(jobs))))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

print(asyncio.run(main()))
"""


@pytest.mark.parametrize(("kind", "most"), [("folder", 20), ("bucket", 128)])
async def test_ten_large_recordings_at_once_are_streamed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, most: int
) -> None:
    """500 MB up and down at once: to a folder in pieces, to a bucket by three parts at a time for all of them."""
    source = tmp_path / "source.wav"
    with source.open("wb") as file:
        file.truncate(MEGABYTES << 20)
    place, address = str(tmp_path / "objects"), ""
    if kind == "bucket":
        place, address = request.getfixturevalue("bucket"), request.getfixturevalue("seaweedfs").endpoint_url
    arguments = [JOBS, source, tmp_path, place, address, *CREDENTIALS.values()]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, *map(str, arguments)), stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert int(output) >> 10 < most  # megabytes, of KiB on Linux
