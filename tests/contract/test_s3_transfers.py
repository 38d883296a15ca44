"""Transfers to and from a bucket that go wrong on the way: what is kept is whole and right, or not there."""

import asyncio
import hashlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dalsegno.errors import ObjectExists, StorageDenied, StorageUnavailable
from dalsegno.models import StoredObject
from dalsegno.storage import s3_upload
from dalsegno.storage.s3 import S3ObjectStore
from dalsegno.storage.s3_upload import PART
from tests.support.eventually import eventually
from tests.support.r2_faults import Fault, R2Faults
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

TEXT, WAV = "text/plain", "audio/wav"
ERROR = Fault(500, "InternalError")


@pytest.fixture
def faults(seaweedfs: SeaweedFS) -> Iterator[R2Faults]:
    """A real server, with faults to order before it."""
    with R2Faults(seaweedfs.endpoint_url).running() as faults:
        yield faults


@pytest.fixture
async def store(
    seaweedfs: SeaweedFS, faults: R2Faults, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[S3ObjectStore]:
    """The adapter in front of it. It has time to take back what it gives up, however slow the machine is."""
    monkeypatch.setattr(s3_upload, "_ABANDON_SECONDS", 60.0)
    store = seaweedfs.store(bucket, endpoint_url=faults.endpoint_url)
    yield store
    await store.close()


@pytest.fixture
def plain(seaweedfs: SeaweedFS) -> Iterator[Any]:
    """A look at the bucket behind the adapter's back."""
    client = seaweedfs.client()
    yield client
    client.close()


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """A file of three parts and a bit."""
    path = tmp_path / "master.wav"
    path.write_bytes(b"".join(bytes([number]) * PART for number in range(3)) + b"and a bit")
    return path


def unfinished(plain: Any, bucket: str) -> list[str]:
    """Keys of uploads that were begun and neither completed nor taken back."""
    return [each["Key"] for each in plain.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


async def test_all_parts_but_the_last_are_equal(
    store: S3ObjectStore, faults: R2Faults, plain: Any, bucket: str, master: Path
) -> None:
    """R2 takes no others; content type and SHA-256 are those of the object as a whole."""
    put = await store.put("master.wav", master, content_type=WAV)
    assert faults.part_sizes == {1: PART, 2: PART, 3: PART, 4: len(b"and a bit")}
    head = plain.head_object(Bucket=bucket, Key="master.wav")
    assert (head["ContentType"], head["Metadata"]) == (WAV, {"sha256": put.sha256})
    with master.open("rb") as file:
        assert put.sha256 == hashlib.file_digest(file, "sha256").hexdigest()
    assert await store.stat("master.wav") == put
    copied = await store.copy(put, "published/master.wav", content_type="audio/x-wav")
    head = plain.head_object(Bucket=bucket, Key="published/master.wav")
    assert (head["ContentType"], head["Metadata"]) == ("audio/x-wav", {"sha256": put.sha256})
    assert copied.bytes == head["ContentLength"]


@pytest.mark.parametrize("parts", [1, 2])
async def test_a_source_of_whole_parts_has_no_empty_one(
    store: S3ObjectStore, faults: R2Faults, tmp_path: Path, parts: int
) -> None:
    """One that fits into a part is sent in one request."""
    (tmp_path / "whole").write_bytes(bytes(parts * PART))
    put = await store.put("whole", tmp_path / "whole", content_type=WAV)
    assert faults.part_sizes == ({} if parts == 1 else {1: PART, 2: PART})
    assert await store.stat("whole") == put


@pytest.mark.parametrize(
    ("operation", "passed"),
    [("CreateMultipartUpload", 0), ("UploadPart", 2), ("CompleteMultipartUpload", 0)],
)
async def test_an_upload_that_fails_is_taken_back(
    store: S3ObjectStore,
    faults: R2Faults,
    plain: Any,
    bucket: str,
    master: Path,
    operation: str,
    passed: int,
) -> None:
    """The old object stays, no part of the new one costs anything, and the next attempt goes through."""
    old = await store.put("k", b"old", content_type=TEXT)
    faults.order(operation, ERROR, after=passed)
    with pytest.raises(StorageUnavailable):
        await store.put("k", master, content_type=WAV)
    assert await store.stat("k") == old
    assert unfinished(plain, bucket) == []
    new = await store.put("k", master, content_type=WAV)
    assert await store.stat("k") == new


async def test_a_part_may_take_its_time_on_the_way(store: S3ObjectStore, faults: R2Faults) -> None:
    """On a slow link it is longer on its way than any connection takes to be made; nothing is sent twice."""
    reads = threading.Event()
    faults.order("PutObject", Fault(unread_until=reads))
    putting = asyncio.create_task(store.put("k", bytes(PART), content_type=WAV))
    while "PutObject" not in faults.operations:
        await asyncio.sleep(0.01)
    await asyncio.sleep(6)  # at a few hundred KiB/s it takes longer
    reads.set()
    put = await putting
    assert await store.stat("k") == put
    assert faults.operations.count("PutObject") == 1


async def test_a_cancelled_upload_is_taken_back(
    store: S3ObjectStore, faults: R2Faults, plain: Any, bucket: str, master: Path
) -> None:
    """Parts that are on their way come first, so that none is left behind; impatience changes nothing."""
    held = threading.Event()
    faults.order("UploadPart", Fault(until=held), times=4)
    putting = asyncio.create_task(store.put("k", master, content_type=WAV))
    while "UploadPart" not in faults.operations:
        await asyncio.sleep(0.01)
    putting.cancel()
    await asyncio.sleep(0.1)
    putting.cancel()
    held.set()
    with pytest.raises(asyncio.CancelledError):
        await putting
    while faults.answered.count("UploadPart") < faults.operations.count("UploadPart"):
        await asyncio.sleep(0.01)
    assert unfinished(plain, bucket) == []
    assert await store.stat("k") is None
    assert "CompleteMultipartUpload" not in faults.operations
    assert "UploadPart" not in faults.answered[faults.answered.index("AbortMultipartUpload") :]


async def test_a_cancelled_upload_is_taken_back_though_its_parts_are_slow(
    store: S3ObjectStore,
    faults: R2Faults,
    plain: Any,
    bucket: str,
    master: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At once, since the process may end; and again behind the parts, which would stay else."""
    monkeypatch.setattr(s3_upload, "_ABANDON_SECONDS", 0.2)
    held = threading.Event()
    faults.order("UploadPart", Fault(until=held), times=4)
    putting = asyncio.create_task(store.put("k", master, content_type=WAV))
    while "UploadPart" not in faults.operations:
        await asyncio.sleep(0.01)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    while "AbortMultipartUpload" not in faults.answered:
        await asyncio.sleep(0.01)
    assert "UploadPart" not in faults.answered
    held.set()
    while faults.answered.count("AbortMultipartUpload") < 2:
        await asyncio.sleep(0.01)
    begun = faults.operations.count("UploadPart")
    assert faults.answered == [
        "CreateMultipartUpload",
        "AbortMultipartUpload",
        *(["UploadPart"] * begun),
        "AbortMultipartUpload",
    ]
    assert unfinished(plain, bucket) == []


async def test_an_upload_that_the_service_has_ended_starts_again(
    store: S3ObjectStore, faults: R2Faults, master: Path
) -> None:
    """Once, by itself; a second time it is up to whoever retries the step."""
    faults.order("UploadPart", Fault(404, "NoSuchUpload"), after=2)
    put = await store.put("k", master, content_type=WAV)
    assert await store.stat("k") == put
    assert faults.operations.count("CreateMultipartUpload") == 2
    faults.order("CompleteMultipartUpload", Fault(404, "NoSuchUpload"), times=2)
    with pytest.raises(StorageUnavailable, match="has to start again"):
        await store.put("other", master, content_type=WAV)
    assert await store.stat("other") is None


async def test_an_upload_whose_last_answer_is_lost_was_done(
    store: S3ObjectStore, faults: R2Faults, master: Path
) -> None:
    """Asked again, the service knows the upload no more: that is no reason to send all anew."""
    faults.order("CompleteMultipartUpload", Fault(is_lost=True))
    faults.order("CompleteMultipartUpload", Fault(404, "NoSuchUpload"))
    put = await store.put("k", master, content_type=WAV)
    assert await store.stat("k") == put
    assert faults.operations.count("CreateMultipartUpload") == 1


@pytest.mark.parametrize("operation", ["PutObject", "CompleteMultipartUpload"])
async def test_what_is_written_once_may_have_been_written_by_ourselves(
    store: S3ObjectStore, faults: R2Faults, master: Path, operation: str
) -> None:
    """The answer is lost, the request is sent again, and finds its own content there."""
    source = b"small" if operation == "PutObject" else master
    faults.order(operation, Fault(is_lost=True))
    put = await store.put("k", source, content_type=WAV, once=True)
    assert faults.operations.count(operation) == 2
    assert await store.stat("k") == put


@pytest.mark.parametrize("size", [6, PART + 1])
async def test_what_is_written_once_is_so_at_the_service(
    store: S3ObjectStore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whoever comes second doesn't replace, even if nothing was there when he looked."""
    first = await store.put("k", b"first", content_type=TEXT)
    stat = store.stat
    looks = iter([None])

    async def stat_before(key: str) -> StoredObject | None:
        return next(looks, await stat(key))

    monkeypatch.setattr(store, "stat", stat_before)
    with pytest.raises(ObjectExists, match="taken"):
        await store.put("k", bytes(size), content_type=TEXT, once=True)
    assert await stat("k") == first


@pytest.mark.parametrize("operation", ["PutObject", "UploadPart"])
async def test_what_arrives_garbled_is_not_kept(
    store: S3ObjectStore, faults: R2Faults, plain: Any, bucket: str, master: Path, operation: str
) -> None:
    """The service compares each request with its MD5."""
    faults.order(operation, Fault(is_garbled=True))
    with pytest.raises(StorageUnavailable, match="as it was sent"):
        await store.put("k", b"small" if operation == "PutObject" else master, content_type=WAV)
    assert await store.stat("k") is None
    assert unfinished(plain, bucket) == []


async def test_a_source_that_changes_on_the_way_is_not_kept(
    store: S3ObjectStore, faults: R2Faults, plain: Any, bucket: str, master: Path
) -> None:
    """No object has a SHA-256 that isn't its own."""
    held = threading.Event()
    faults.order("CreateMultipartUpload", Fault(until=held))
    putting = asyncio.create_task(store.put("k", master, content_type=WAV))
    while "CreateMultipartUpload" not in faults.operations:
        await asyncio.sleep(0.01)
    with master.open("r+b") as file:
        file.write(b"X")
    held.set()
    with pytest.raises(StorageUnavailable, match="has changed meanwhile"):
        await putting
    assert await store.stat("k") is None
    assert unfinished(plain, bucket) == []


async def test_a_named_pipe_is_no_source(store: S3ObjectStore, tmp_path: Path) -> None:
    """It can't be read twice, and would be waited for."""
    (tmp_path / "folder").mkdir()
    for source in (tmp_path / "folder", Path("/dev/zero")):
        with pytest.raises(StorageDenied, match="no regular file"):
            await store.put("k", source, content_type=WAV)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(cut=3 << 20), "broke off|can't be reached"),
        (Fault(is_corrupt=True), "is not what was stored"),
        (Fault(is_dropped=True), "can't be reached"),
    ],
)
async def test_a_download_that_goes_wrong_leaves_nothing(
    store: S3ObjectStore, faults: R2Faults, master: Path, tmp_path: Path, fault: Fault, said: str
) -> None:
    """Cut short, corrupt, or never begun: whoever reads is told, and the older file stays."""
    await store.put("k", master, content_type=WAV)
    target = tmp_path / "to" / "target"
    target.parent.mkdir()
    target.write_bytes(b"older")
    faults.order("GetObject", fault, times=3)
    with pytest.raises(StorageUnavailable, match=said):
        await store.get("k", target)
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert target.read_bytes() == b"older"
    faults.order("GetObject", fault, times=3)
    with pytest.raises(StorageUnavailable, match=said):
        await store.read("k")


async def test_a_range_that_was_not_asked_for_is_refused(store: S3ObjectStore, faults: R2Faults) -> None:
    """A service that may have passed over the range is not taken at its word."""
    await store.put("digits", b"0123456789", content_type=TEXT)
    faults.order("GetObject", Fault(is_unranged=True))
    with pytest.raises(StorageUnavailable, match="another range"):
        await store.read("digits", 4, 3)


async def test_a_cancelled_download_leaves_nothing(
    store: S3ObjectStore, faults: R2Faults, master: Path, tmp_path: Path
) -> None:
    """Neither half a file nor a wait for the rest."""
    await store.put("k", master, content_type=WAV)
    folder = tmp_path / "to"
    getting = asyncio.create_task(store.get("k", folder / "out"))
    while not folder.exists():
        await asyncio.sleep(0)
    getting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await getting
    assert list(folder.iterdir()) == []


async def test_damage_within_the_store_is_found(
    store: S3ObjectStore, plain: Any, bucket: str, tmp_path: Path
) -> None:
    """Content that is not what its metadata says is never handed out as if it were."""
    noted = {"sha256": hashlib.sha256(b"music").hexdigest()}
    plain.put_object(Bucket=bucket, Key="k", Body=b"noise", Metadata=noted)
    with pytest.raises(StorageUnavailable, match="is not what was stored"):
        await store.get("k", tmp_path / "out")
    with pytest.raises(StorageUnavailable, match="is not what was stored"):
        await store.read("k")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("metadata", [{}, {"sha256": "nonsense"}])
async def test_what_others_have_put_there_is_told_as_it_is(
    store: S3ObjectStore, plain: Any, bucket: str, tmp_path: Path, metadata: dict[str, str]
) -> None:
    """By other tools, which note no SHA-256: it is read through."""
    plain.put_object(Bucket=bucket, Key="k", Body=b"music", Metadata=metadata)
    wanted = StoredObject(key="k", bytes=5, sha256=hashlib.sha256(b"music").hexdigest())
    assert await store.stat("k") == wanted
    assert await store.get("k", tmp_path / "out") == wanted
    assert await store.copy(wanted, "copy", content_type=TEXT) == wanted.model_copy(update={"key": "copy"})
    plain.put_object(Bucket=bucket, Key="folder/", Body=b"")  # as consoles make folders
    assert [key async for key in store.list("")] == ["copy", "k"]


async def test_a_source_that_is_replaced_before_it_is_copied_is_not_published(
    store: S3ObjectStore, plain: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking at it and copying it: the service compares."""
    source = await store.put("staging/x", b"music", content_type=TEXT)
    found = store._found

    async def found_and_replaced(key: str) -> Mapping[str, Any]:
        head = await found(key)
        plain.put_object(Bucket=bucket, Key=key, Body=b"noise")
        return head

    monkeypatch.setattr(store, "_found", found_and_replaced)
    with pytest.raises(StorageDenied, match="other content"):
        await store.copy(source, "published/x", content_type=TEXT)
    assert await store.stat("published/x") is None


@pytest.mark.parametrize("operation", ["CopyObject", "CompleteMultipartUpload"])
async def test_an_error_behind_a_good_beginning_is_one(
    store: S3ObjectStore, faults: R2Faults, master: Path, operation: str
) -> None:
    """What takes long is answered with 200 at once, and the error comes behind that."""
    source = await store.put("staging/x", b"music", content_type=TEXT)
    faults.order(operation, Fault(200, "InternalError"))
    attempts = {
        "CopyObject": partial(store.copy, source, "published/x", content_type=TEXT),
        "CompleteMultipartUpload": partial(store.put, "published/x", master, content_type=TEXT),
    }
    with pytest.raises(StorageUnavailable, match="fault of its own"):
        await attempts[operation]()
    assert await store.stat("published/x") is None


async def test_lists_go_over_many_pages(store: S3ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here of two keys each; a service gives a thousand."""
    for number in range(5):
        await store.put(f"k/{number}", b"x", content_type=TEXT)
    calls = store._calls
    whole = calls.__class__.__call__

    async def in_small_pages(self: Any, operation: str, **parameters: Any) -> Any:
        if operation == "list_objects_v2":
            parameters["MaxKeys"] = 2
        return await whole(self, operation, **parameters)

    monkeypatch.setattr(calls.__class__, "__call__", in_small_pages)
    assert [key async for key in store.list("k/")] == [f"k/{number}" for number in range(5)]


async def test_a_link_expires(seaweedfs: SeaweedFS, bucket: str) -> None:
    """Good for anybody until then, for nobody after it; no link is good for longer than signatures are."""
    store = seaweedfs.store(bucket)
    await store.put("k", b"hello", content_type=TEXT)
    link = await store.link("k", timedelta(seconds=1))
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in link

    async def has_expired() -> bool:
        try:
            urlopen(link).close()  # noqa: S310, ASYNC210  # the store's own link
        except HTTPError as refused:
            refused.close()
            return refused.code == 403
        return False

    await eventually(has_expired)
    for expires in (timedelta(0), timedelta(days=7, seconds=1)):
        with pytest.raises(StorageDenied, match="one second to seven days"):
            await store.link("k", expires)
    await store.close()


async def test_a_server_that_dies_in_the_midst_shows_no_half_object(tmp_path: Path, master: Path) -> None:
    """Killed between two parts and started again: nothing is there, and the next attempt goes through."""
    server = SeaweedFS(tmp_path / "server")
    server.start()
    try:
        with server.bucket() as bucket, R2Faults(server.endpoint_url).running() as faults:
            store = server.store(bucket, endpoint_url=faults.endpoint_url)
            held = threading.Event()
            faults.order("UploadPart", Fault(until=held), after=1, times=3)
            putting = asyncio.create_task(store.put("k", master, content_type=WAV))
            while "UploadPart" not in faults.answered:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.stop)
            held.set()
            with pytest.raises(StorageUnavailable):
                await putting
            await asyncio.to_thread(server.start)
            assert await store.stat("k") is None
            put = await store.put("k", master, content_type=WAV)
            assert await store.stat("k") == put
            await store.close()
    finally:
        server.stop()


MEMORY = """
import asyncio, pathlib, resource, sys
from dalsegno.storage import s3_upload
from dalsegno.storage.s3 import S3ObjectStore
bucket, address, key_id, secret, source, target = sys.argv[1:]
store = S3ObjectStore(
    bucket, endpoint_url=address, variables={"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
)
source, target = pathlib.Path(source), pathlib.Path(target)

async def main():
    await store.put("warm", b"x", content_type="text/plain")
    await store.get("warm", target)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    put = await store.put("big", source, content_type="audio/wav")
    await store.get("big", target)
    await store.copy(put, "copy", content_type="audio/wav")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

print(asyncio.run(main()))
"""


async def test_memory_stays_bounded_however_large_the_object(
    seaweedfs: SeaweedFS, bucket: str, tmp_path: Path
) -> None:
    """200 MB in, out and copied add less than 60 MB to a process of its own."""
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(200 << 20)
    arguments = [bucket, seaweedfs.endpoint_url, *CREDENTIALS.values(), source, tmp_path / "target"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMORY, *map(str, arguments)), stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert int(output) < 60_000  # KiB on Linux
