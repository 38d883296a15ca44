"""What a folder as object store does beyond the contract: crashes, cancelling, the disk, foreign files."""

import asyncio
import errno
import hashlib
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dalsegno.errors import StorageDenied, StorageUnavailable
from dalsegno.storage.local import FolderObjectStore
from dalsegno.storage.placing import place

TEXT = "text/plain"
PUT = """
import asyncio, pathlib, sys
from dalsegno.storage.local import FolderObjectStore
root, key, source = sys.argv[1:]
asyncio.run(FolderObjectStore(pathlib.Path(root)).put(key, pathlib.Path(source), content_type="audio/wav"))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the objects lie."""
    return tmp_path / "objects"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A source that gives no more than the test has written to it: a put of it stays in the midst."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def files_below(folder: Path) -> list[str]:
    """All files, the store's own as well, but for the notes of digests."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "sha256"
    )


async def until_a_part_is_written(root: Path) -> None:
    """Waits for a file in the making that has something in it."""
    while not any(path.stat().st_size for path in root.glob(".store/partial/*")):  # another process's work
        await asyncio.sleep(0.01)


async def test_the_path_of_an_object_is_its_key(root: Path) -> None:
    """People find the music where its key says: a page in the folder works by relative names."""
    await FolderObjectStore(root).put("customers/c/music/j/index.html", b"page", content_type="text/html")
    assert (root / "customers/c/music/j/index.html").read_bytes() == b"page"


@pytest.mark.parametrize("before", [None, b"the old object"])
async def test_a_killed_put_leaves_the_old_state(root: Path, pipe: Path, before: bytes | None) -> None:
    """Kill -9 in the midst of a put: what was there stays, whole, and the next writer clears up."""
    store = FolderObjectStore(root)
    if before is not None:
        await store.put("k", before, content_type=TEXT)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PUT, str(root), "k", str(pipe))
    with await asyncio.to_thread(pipe.open, "wb", buffering=0) as feed:
        await asyncio.to_thread(feed.write, b"x" * (3 << 20))
        await until_a_part_is_written(root)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    found = await store.stat("k")
    assert (found.sha256 if found else None) == (hashlib.sha256(before).hexdigest() if before else None)
    assert [key async for key in store.list("")] == (["k"] if before else [])
    assert len(list(root.glob(".store/partial/*"))) == 1  # a look at the disk
    await FolderObjectStore(root).put("other", b"x", content_type=TEXT)
    assert files_below(root) == (["k", "other"] if before else ["other"])


async def test_a_file_in_the_making_is_left_to_its_maker(root: Path, pipe: Path) -> None:
    """Clearing up after the dead does not touch what the living are writing."""
    put = asyncio.create_task(FolderObjectStore(root).put("slow", pipe, content_type=TEXT))
    with await asyncio.to_thread(pipe.open, "wb", buffering=0) as feed:
        await asyncio.to_thread(feed.write, b"x" * (2 << 20))
        await until_a_part_is_written(root)
        await FolderObjectStore(root).put("quick", b"y", content_type=TEXT)
    assert (await put).bytes == 2 << 20
    assert files_below(root) == ["quick", "slow"]


async def test_a_cancelled_put_leaves_nothing(root: Path, pipe: Path) -> None:
    """Once the cancelled task has ended, its thread has ended too and its file is gone."""
    store = FolderObjectStore(root)
    put = asyncio.create_task(store.put("k", pipe, content_type=TEXT))
    with await asyncio.to_thread(pipe.open, "wb", buffering=0) as feed:
        await asyncio.to_thread(feed.write, b"x" * (2 << 20))
        await until_a_part_is_written(root)
        put.cancel()
        await asyncio.sleep(0)
        put.cancel()  # impatience changes nothing
        with suppress(BrokenPipeError):  # where the thread has stopped reading already
            await asyncio.to_thread(feed.write, b"x")  # the source goes on, and does not end
        with pytest.raises(asyncio.CancelledError):
            await put
    assert files_below(root) == []
    assert await store.stat("k") is None


async def test_a_put_that_is_cancelled_at_its_end_leaves_nothing(root: Path, pipe: Path) -> None:
    """The source has ended by then: the object still does not appear."""
    store = FolderObjectStore(root)
    put = asyncio.create_task(store.put("k", pipe, content_type=TEXT))
    with await asyncio.to_thread(pipe.open, "wb", buffering=0):
        await asyncio.sleep(0)
        put.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await put
    assert files_below(root) == []


def test_placing_once_leaves_what_is_there(tmp_path: Path) -> None:
    """Whoever comes second does not replace, even if nothing was there when he looked."""
    finished, path = tmp_path / "finished", tmp_path / "folder" / "name"
    finished.write_bytes(b"second")
    path.parent.mkdir()
    path.write_bytes(b"first")
    assert not place(finished, path, once=True)
    assert path.read_bytes() == b"first"
    assert place(finished, path, once=False)
    assert path.read_bytes() == b"second"


async def test_a_cancelled_get_leaves_the_target_as_it_was(root: Path, tmp_path: Path) -> None:
    """Neither half a file nor its beginnings stay beside the target."""
    store = FolderObjectStore(root)
    await store.put("k", bytes(8 << 20), content_type=TEXT)
    folder = tmp_path / "to"
    get = asyncio.create_task(store.get("k", folder / "out"))
    while not folder.exists():  # the task is at work on the disk
        await asyncio.sleep(0)
    get.cancel()
    with pytest.raises(asyncio.CancelledError):
        await get
    assert list(folder.iterdir()) == []  # a look at the disk


async def test_a_half_written_note_never_gives_a_wrong_digest(root: Path) -> None:
    """Notes that are torn, empty, foreign or about another file cost time only."""
    store = FolderObjectStore(root)
    put = await store.put("k", b"content", content_type=TEXT)
    (note,) = root.glob(".store/sha256/*")  # a look at the disk
    good = note.read_bytes()
    inode, size, changed, digest = good.split()
    for bad in (
        b"",
        good[:20],
        good[:-5],
        b"\xff\xfe",
        b" ".join([b"1", size, changed, b"0" * 64]),
        b" ".join([inode, b"1", changed, b"0" * 64]),
        b" ".join([inode, size, b"1", b"0" * 64]),
    ):
        note.write_bytes(bad)
        assert await store.stat("k") == put
        assert note.read_bytes() == good
    note.unlink()
    assert await store.stat("k") == put
    assert digest.decode() == put.sha256


async def test_an_object_edited_by_hand_is_told_as_it_is(root: Path) -> None:
    """The store does not go on saying what the object once was."""
    store = FolderObjectStore(root)
    put = await store.put("k", b"content", content_type=TEXT)
    (root / "k").write_bytes(b"CONTENT")
    os.utime(root / "k", ns=(1, 1))
    found = await store.stat("k")
    assert found is not None
    assert found.sha256 == hashlib.sha256(b"CONTENT").hexdigest() != put.sha256
    with pytest.raises(StorageDenied, match="other content"):
        await store.copy(put, "published", content_type=TEXT)


async def test_asking_for_the_digest_does_not_read_the_object(root: Path) -> None:
    """The note is believed: shown by a note that lies about the very file."""
    store = FolderObjectStore(root)
    await store.put("k", b"content", content_type=TEXT)
    (note,) = root.glob(".store/sha256/*")  # a look at the disk
    note.write_bytes(note.read_bytes()[:-65] + b"a" * 64)
    found = await store.stat("k")
    assert found is not None
    assert found.sha256 == "a" * 64


async def test_damage_is_found_when_an_object_is_fetched(root: Path, tmp_path: Path) -> None:
    """What differs from what was stored is not handed out as if it were it."""
    store = FolderObjectStore(root)
    await store.put("k", b"content", content_type=TEXT)
    times = (root / "k").stat().st_atime_ns, (root / "k").stat().st_mtime_ns
    with (root / "k").open("r+b") as file:
        file.write(b"X")
    os.utime(root / "k", ns=times)  # as a failing disk would: nothing but the content changes
    with pytest.raises(StorageUnavailable, match="not what was stored"):
        await store.get("k", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["objects"]  # a look at the disk


async def test_deleting_leaves_no_folders_and_no_notes(root: Path) -> None:
    """A store that was emptied is empty."""
    store = FolderObjectStore(root)
    await store.put("a/b/c", b"x", content_type=TEXT)
    await store.delete("a/b/c")
    assert [path.name for path in root.iterdir()] == [".store"]  # a look at the disk
    assert list(root.glob(".store/*/*")) == []  # as above


async def test_an_empty_folder_is_not_in_the_way(root: Path) -> None:
    """A crash between deleting an object and tidying its folder does not block the folder's name."""
    (root / "a").mkdir(parents=True)
    (root / "b").mkdir()
    store = FolderObjectStore(root)
    await store.put("a", b"x", content_type=TEXT)
    await store.put("b", b"y", content_type=TEXT, once=True)
    assert [key async for key in store.list("")] == ["a", "b"]


@pytest.mark.parametrize("once", [False, True])
async def test_a_key_can_not_be_file_and_folder(root: Path, once: bool) -> None:  # noqa: FBT001  # a parameter
    """Unlike elsewhere `a` and `a/b` exclude each other; the sentence says so and nothing is lost."""
    store = FolderObjectStore(root)
    await store.put("a/b", b"x", content_type=TEXT)
    await store.put("c", b"y", content_type=TEXT)
    with pytest.raises(StorageDenied, match="one object should be"):
        await store.put("a", b"z", content_type=TEXT, once=once)
    with pytest.raises(StorageDenied, match="no key can lead through it"):
        await store.put("c/d", b"z", content_type=TEXT, once=once)
    assert files_below(root) == ["a/b", "c"]


async def test_links_in_the_folder_lead_nowhere(root: Path, tmp_path: Path) -> None:
    """A symbolic link, to a folder or a file, is neither followed nor listed nor written through."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    store = FolderObjectStore(root)
    source = await store.put("k", b"x", content_type=TEXT)
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    assert [key async for key in store.list("")] == ["k"]
    assert [key async for key in store.list("folder/")] == []
    for key in ("folder/secret", "file"):
        with pytest.raises(StorageDenied, match="symbolic link"):
            await store.read(key)
    for attempt in (
        store.put("folder/new", b"x", content_type=TEXT),
        store.put("folder/secret", b"x", content_type=TEXT),
        store.copy(source, "folder/new", content_type=TEXT),
        store.delete("folder/secret"),
    ):
        with pytest.raises(StorageDenied, match="symbolic link"):
            await attempt
    await store.put("file", b"mine", content_type=TEXT)
    assert (outside / "secret").read_bytes() == b"secret"
    assert files_below(outside) == ["secret"]
    assert await store.read("file") == b"mine"


async def test_foreign_files_are_not_objects(root: Path) -> None:
    """Named pipes, names that are no key, the desktop's hidden files: neither listed nor waited for."""
    store = FolderObjectStore(root)
    await store.put("k", b"x", content_type=TEXT)
    os.mkfifo(root / "pipe")
    (root / ".DS_Store").touch()
    (root / "%odd").touch()
    (root / "new\nline").touch()
    os.close(os.open(os.fsencode(root) + b"/\xff", os.O_CREAT | os.O_WRONLY))
    assert [key async for key in store.list("")] == ["k"]
    assert await store.stat("pipe") is None


async def test_a_part_of_a_key_has_a_name_s_length(root: Path) -> None:
    """What the file system can't name is refused with a sentence, in bytes, the escape counted."""
    store = FolderObjectStore(root)
    await store.put("x" * 255, b"x", content_type=TEXT)
    for key in ("x" * 256, "é" * 128, "." + "x" * 254, "a/" + "x" * 256 + "/b"):
        with pytest.raises(StorageDenied, match="255 bytes"):
            await store.put(key, b"x", content_type=TEXT)
        with pytest.raises(StorageDenied, match="255 bytes"):
            await store.stat(key)


async def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Nothing is said to be missing, and the file stays."""
    root = tmp_path / "objects"
    root.write_bytes(b"not a folder")
    store = FolderObjectStore(root)
    for attempt in (store.put("a/b", b"x", content_type=TEXT), store.stat("a/b"), store.delete("a/b")):
        with pytest.raises(StorageDenied, match="file"):
            await attempt
    with pytest.raises(StorageDenied, match="file"):
        await anext(aiter(store.list("")))
    assert root.read_bytes() == b"not a folder"


async def test_a_store_that_was_never_written_to_is_empty(root: Path) -> None:
    """Reading does not make the folder."""
    store = FolderObjectStore(root)
    assert await store.stat("k") is None
    assert [key async for key in store.list("")] == []
    await store.delete("k")
    assert not await asyncio.to_thread(root.exists)


@pytest.mark.parametrize(
    ("number", "kind", "sentence"),
    [
        (errno.ENOSPC, StorageUnavailable, "is full: free some space"),
        (errno.EDQUOT, StorageUnavailable, "is full: free some space"),
        (errno.EIO, StorageUnavailable, "does not answer"),
        (errno.EMFILE, StorageUnavailable, "does not answer"),
        (errno.EACCES, StorageDenied, "no right"),
        (errno.EROFS, StorageDenied, "read-only"),
        (errno.EFBIG, StorageDenied, "larger than"),
    ],
)
async def test_a_failing_disk_leaves_no_half_object(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception], sentence: str
) -> None:
    """The disk fails after some pieces: the error has its class and a sentence, the old object stays."""
    store = FolderObjectStore(root)
    old = await store.put("k", b"old", content_type=TEXT)
    real_write = os.write

    def failing_write(descriptor: int, piece: memoryview) -> int:
        if os.fstat(descriptor).st_size >= 2 << 20:
            raise OSError(number, os.strerror(number))
        return real_write(descriptor, piece[:300_000])  # and takes less than it is given

    monkeypatch.setattr(os, "write", failing_write)
    with pytest.raises(kind, match=sentence):
        await store.put("k", bytes(5 << 20), content_type=TEXT)
    assert await store.stat("k") == old
    assert files_below(root) == ["k"]


async def test_a_folder_without_rights_is_refused() -> None:
    """The system's own refusal, not a made one: a child process puts as a user without rights."""
    with TemporaryDirectory() as root:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", UNPRIVILEGED_PUT, root), stdout=subprocess.PIPE
        )
        output, _ = await process.communicate()
    assert output.decode().splitlines() == ["StorageDenied", "True"]


UNPRIVILEGED_PUT = """
import asyncio, os, pathlib, sys
from dalsegno.errors import DalSegnoError
from dalsegno.storage.local import FolderObjectStore
root = pathlib.Path(sys.argv[1])
store = FolderObjectStore(root)
asyncio.run(store.put("a/k", b"x", content_type="text/plain"))
if os.getuid() == 0:  # who may do everything becomes nobody
    root.chmod(0o755)
    os.chown(root / ".store" / "partial", 65534, 65534)
    os.chown(root / ".store" / "sha256", 65534, 65534)
    os.setuid(65534)
else:
    (root / "a").chmod(0o500)
try:
    asyncio.run(store.put("a/k", b"new", content_type="text/plain"))
except DalSegnoError as error:
    print(type(error).__name__)
print((root / "a" / "k").read_bytes() == b"x")
if os.getuid() != 65534:
    (root / "a").chmod(0o700)
"""

MEMORY = """
import asyncio, pathlib, resource, sys
from dalsegno.storage.local import FolderObjectStore
store = FolderObjectStore(pathlib.Path(sys.argv[1]))
source, target = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])

async def main():
    await store.put("warm", b"x", content_type="text/plain")
    await store.get("warm", target)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    put = await store.put("big", source, content_type="audio/wav")
    await store.get("big", target)
    await store.copy(put, "copy", content_type="audio/wav")
    async for piece in store.stream("big"):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

print(asyncio.run(main()))
"""


async def test_memory_stays_bounded_however_large_the_object(root: Path, tmp_path: Path) -> None:
    """200 MB in, out, copied and streamed add less than 20 MB to a process of its own."""
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(200 << 20)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMORY, str(root), str(source), str(tmp_path / "target")),
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert int(output) < 20_000  # KiB on Linux; bytes on macOS, where the test asks for more than it must
