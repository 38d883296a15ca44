"""What every object store does, whatever it is made of."""

import asyncio
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from dalsegno.errors import ObjectExists, ObjectMissing, StorageDenied
from dalsegno.models import StoredObject
from dalsegno.ports import ObjectStore

TEXT = "text/plain"
ODD_KEYS = [
    "with space/and  two",
    "Grüße/日本語/🎼.wav",
    'quotes/"double"/it\'s',
    "percent/100%/%2e%2e/%00",
    ".store/partial/x",
    ".store",
    "%.store/x",
    "%%",
    ".hidden",
    "a/.b/..c",
    "plus+and&equals=?#;:@!$*(),~`<>|^[]{}",
    "-leading-dash",
    "trailing dot.",
    "x" * 250,
    "/".join(["deep"] * 200),
]
BAD_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    "a\\b",
    "nul\x00",
    "line\nend",
    "escape\x1b[31m",
    "delete\x7f",
    "lone\ud800surrogate",
    "k" * 1_025,
    "é" * 513,
]


def stored(key: str, content: bytes) -> StoredObject:
    """What the store should say of the content."""
    return StoredObject(key=key, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


async def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    """All keys with the prefix."""
    return [key async for key in store.list(prefix)]


async def test_bytes_come_back_as_they_were_put(store: ObjectStore) -> None:
    """Put, stat and read agree about an object."""
    assert await store.put("a/b.txt", b"hello", content_type=TEXT) == stored("a/b.txt", b"hello")
    assert await store.stat("a/b.txt") == stored("a/b.txt", b"hello")
    assert await store.read("a/b.txt") == b"hello"


async def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    """Nothing in it is not the same as nothing there."""
    await store.put("empty", b"", content_type=TEXT)
    assert await store.stat("empty") == stored("empty", b"")
    assert await store.read("empty") == b""
    assert [piece async for piece in store.stream("empty")] == []


async def test_a_file_is_put_and_fetched_whole(store: ObjectStore, tmp_path: Path) -> None:
    """A file larger than one piece goes in and comes out the same, into a folder that is made for it."""
    content = os.urandom((3 << 20) + 17)
    source = tmp_path / "in.wav"
    source.write_bytes(content)
    assert await store.put("in.wav", source, content_type="audio/wav") == stored("in.wav", content)
    target = tmp_path / "new" / "folder" / "out.wav"
    assert await store.get("in.wav", target) == stored("in.wav", content)
    assert target.read_bytes() == content
    assert [path.name for path in target.parent.iterdir()] == ["out.wav"]


async def test_getting_replaces_the_file_that_was_there(store: ObjectStore, tmp_path: Path) -> None:
    """An older, longer file at the target leaves nothing of itself."""
    target = tmp_path / "out"
    target.write_bytes(b"something longer")
    await store.put("k", b"new", content_type=TEXT)
    await store.get("k", target)
    assert target.read_bytes() == b"new"


async def test_a_source_that_is_not_there_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    """A file that can't be read makes no object."""
    with pytest.raises(StorageDenied, match="can't be read"):
        await store.put("k", tmp_path / "nowhere", content_type=TEXT)
    assert await store.stat("k") is None


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (0, 3, b"012"),
        (4, 3, b"456"),
        (4, None, b"456789"),
        (8, 100, b"89"),
        (10, None, b""),
        (10, 5, b""),
        (99, None, b""),
        (3, 0, b""),
    ],
)
async def test_a_range_gives_what_there_is_of_it(
    store: ObjectStore, start: int, length: int | None, expected: bytes
) -> None:
    """Ranges within, over and beyond the end."""
    await store.put("digits", b"0123456789", content_type=TEXT)
    assert await store.read("digits", start, length) == expected


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1)])
async def test_a_negative_range_is_refused(store: ObjectStore, start: int, length: int | None) -> None:
    """A negative start never counts from the end."""
    await store.put("digits", b"0123456789", content_type=TEXT)
    with pytest.raises(StorageDenied, match="range"):
        await store.read("digits", start, length)


async def test_a_range_of_several_pieces_is_whole(store: ObjectStore) -> None:
    """Ranges longer than one piece, not aligned to pieces."""
    content = os.urandom(3 << 20)
    await store.put("big", content, content_type=TEXT)
    assert await store.read("big", 1_000_001, 1_500_000) == content[1_000_001:2_500_001]


async def test_a_stream_comes_in_small_pieces(store: ObjectStore) -> None:
    """The pieces make up the object, and none is large."""
    content = os.urandom((2 << 20) + 5)
    await store.put("big", content, content_type=TEXT)
    pieces = [piece async for piece in store.stream("big")]
    assert b"".join(pieces) == content
    assert max(len(piece) for piece in pieces) <= 4 << 20


async def test_a_stream_goes_on_as_it_began_when_the_object_is_replaced(store: ObjectStore) -> None:
    """A reader never sees half of the old object and half of the new one."""
    old, new = b"o" * (4 << 20), b"n" * (4 << 20)
    await store.put("k", old, content_type=TEXT)
    stream = aiter(store.stream("k"))
    first = await anext(stream)
    await store.put("k", new, content_type=TEXT)
    assert first + b"".join([piece async for piece in stream]) == old


async def test_the_last_write_counts(store: ObjectStore) -> None:
    """Putting again replaces content, size and SHA-256, also when the size stays the same."""
    for content in (b"first", b"secnd", b"a longer third"):
        await store.put("k", content, content_type=TEXT)
        assert await store.stat("k") == stored("k", content)
        assert await store.read("k") == content


async def test_once_leaves_what_is_there_alone(store: ObjectStore) -> None:
    """With `once` the same content counts as written, other content is refused and changes nothing."""
    assert await store.put("k", b"mine", content_type=TEXT, once=True) == stored("k", b"mine")
    assert await store.put("k", b"mine", content_type=TEXT, once=True) == stored("k", b"mine")
    with pytest.raises(ObjectExists, match="taken"):
        await store.put("k", b"other", content_type=TEXT, once=True)
    assert await store.read("k") == b"mine"
    assert await keys(store) == ["k"]


async def test_a_copy_has_the_content_and_a_life_of_its_own(store: ObjectStore) -> None:
    """Neither replacing nor deleting the source changes the copy, nor the other way round."""
    source = await store.put("staging/x", b"music", content_type=TEXT)
    assert await store.copy(source, "published/x", content_type=TEXT) == stored("published/x", b"music")
    await store.put("staging/x", b"other", content_type=TEXT)
    assert await store.read("published/x") == b"music"
    assert await store.stat("published/x") == stored("published/x", b"music")
    await store.put("published/x", b"third", content_type=TEXT)
    assert await store.read("staging/x") == b"other"
    await store.delete("staging/x")
    assert await store.read("published/x") == b"third"


async def test_a_copy_replaces_what_was_at_its_key(store: ObjectStore) -> None:
    """The target holds the source's content afterwards, whatever it held before."""
    source = await store.put("source", b"new", content_type=TEXT)
    await store.put("target", b"old", content_type=TEXT)
    await store.copy(source, "target", content_type=TEXT)
    assert await store.read("target") == b"new"


async def test_a_copy_that_is_done_counts_as_done(store: ObjectStore) -> None:
    """Copying again does nothing, even when the source is gone by now."""
    source = await store.put("source", b"music", content_type=TEXT)
    first = await store.copy(source, "target", content_type=TEXT)
    assert await store.copy(source, "target", content_type=TEXT) == first
    await store.delete("source")
    assert await store.copy(source, "target", content_type=TEXT) == first


async def test_a_copy_of_something_else_is_refused(store: ObjectStore) -> None:
    """A source that is missing, or has other content than it was stored with, is never published."""
    source = await store.put("source", b"music", content_type=TEXT)
    await store.put("source", b"noise", content_type=TEXT)
    with pytest.raises(StorageDenied, match="other content") as refusal:
        await store.copy(source, "target", content_type=TEXT)
    assert not isinstance(refusal.value, ObjectMissing)
    await store.delete("source")
    with pytest.raises(ObjectMissing):
        await store.copy(source, "target", content_type=TEXT)
    assert await store.stat("target") is None


async def test_keys_are_listed_in_the_order_of_their_bytes(store: ObjectStore) -> None:
    """The order is that of the whole keys, not of their parts; upper case first, non-ASCII last."""
    unordered = ["b", "a/b", "a-b", "a.b", "a/b2/c", "a/b-c", "Z", "é", "a0", "a/c"]
    for key in unordered:
        await store.put(key, b"x", content_type=TEXT)
    assert await keys(store) == sorted(unordered, key=str.encode)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a/", ["a/b/1", "a/b/2", "a/bc"]),
        ("a/b", ["a/b/1", "a/b/2", "a/bc"]),
        ("a/b/", ["a/b/1", "a/b/2"]),
        ("a/b/2", ["a/b/2"]),
        ("a", ["a/b/1", "a/b/2", "a/bc", "ab"]),
        ("nothing/", []),
        ("a/b/1/", []),
        ("/", []),
        ("../", []),
        ("a/../", []),
        ("a//", []),
        ("nul\x00/", []),
    ],
)
async def test_a_prefix_is_a_beginning_of_keys(store: ObjectStore, prefix: str, expected: list[str]) -> None:
    """A prefix may end anywhere in a key; one that no key can have finds nothing."""
    for key in ("a/b/1", "a/b/2", "a/bc", "ab", "b"):
        await store.put(key, b"x", content_type=TEXT)
    assert await keys(store, prefix) == expected


async def test_what_is_deleted_is_gone(store: ObjectStore) -> None:
    """Deleting takes one object, and only that; twice is as good as once."""
    await store.put("a/b/c", b"x", content_type=TEXT)
    await store.put("a/b/d", b"y", content_type=TEXT)
    await store.delete("a/b/c")
    await store.delete("a/b/c")
    await store.delete("a/b")
    await store.delete("never/was")
    assert await store.stat("a/b/c") is None
    assert await keys(store) == ["a/b/d"]


async def test_all_can_be_deleted_while_it_is_listed(store: ObjectStore) -> None:
    """Listing and deleting go together: that is how a job's staging is cleared."""
    for number in range(20):
        await store.put(f"staging/j/{number:02}/x", b"x", content_type=TEXT)
    async for key in store.list("staging/j/"):
        await store.delete(key)
    assert await keys(store) == []


async def test_a_key_is_free_for_another_shape_once_it_is_deleted(store: ObjectStore) -> None:
    """After `a/b/c` is gone, `a` can be an object, and the other way round."""
    await store.put("a/b/c", b"x", content_type=TEXT)
    await store.delete("a/b/c")
    # Not with `once`: SeaweedFS, which is made of folders too, takes the empty one for an object then.
    await store.put("a", b"y", content_type=TEXT)
    await store.delete("a")
    await store.put("a/b/c", b"z", content_type=TEXT)
    assert await keys(store) == ["a/b/c"]


async def test_what_is_missing_is_said_to_be_missing(store: ObjectStore, tmp_path: Path) -> None:
    """Stat says None; all that needs the object raises ObjectMissing and leaves nothing behind."""
    assert await store.stat("no/such") is None
    with pytest.raises(ObjectMissing, match="no/such"):
        await store.read("no/such")
    with pytest.raises(ObjectMissing):
        await anext(aiter(store.stream("no/such")))
    with pytest.raises(ObjectMissing):
        await store.get("no/such", tmp_path / "target")
    with pytest.raises(ObjectMissing):
        await store.link("no/such", timedelta(minutes=5))
    assert not (tmp_path / "target").exists()


async def test_a_key_below_an_object_is_missing(store: ObjectStore) -> None:
    """`a/b` is not there because `a` is."""
    await store.put("a", b"x", content_type=TEXT)
    assert await store.stat("a/b") is None
    assert await keys(store, "a/") == []


async def test_a_link_leads_to_the_content(store: ObjectStore) -> None:
    """Anyone can fetch the object by its link, without the store."""
    await store.put("a b/ü%.txt", b"hello", content_type=TEXT)
    link = await store.link("a b/ü%.txt", timedelta(minutes=5))
    with urlopen(link) as answer:  # noqa: S310, ASYNC210  # the store's own link
        assert answer.read() == b"hello"


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_odd_names_are_names_like_others(store: ObjectStore, tmp_path: Path, key: str) -> None:
    """Whatever a key may hold works for all that can be done with it."""
    put = await store.put(key, b"odd", content_type=TEXT)
    assert await store.stat(key) == put
    assert await store.read(key) == b"odd"
    assert await keys(store) == [key]
    assert await keys(store, key) == [key]
    assert await store.get(key, tmp_path / "out") == put
    await store.copy(put, "plain", content_type=TEXT)
    await store.delete(key)
    assert await keys(store) == ["plain"]


async def test_odd_names_do_not_meet(store: ObjectStore) -> None:
    """All of them together are as many objects as there are names."""
    odd = [key for key in ODD_KEYS if key != ".store"]  # a store of files can't have it beside `.store/…`
    for key in odd:
        await store.put(key, key.encode(), content_type=TEXT)
    assert await keys(store) == sorted(odd, key=str.encode)
    for key in odd:
        assert await store.read(key) == key.encode()


@pytest.mark.parametrize("key", BAD_KEYS)
async def test_bad_keys_are_refused_everywhere(store: ObjectStore, tmp_path: Path, key: str) -> None:
    """No method takes a key that is none, and none says that it is merely missing."""
    good = await store.put("good", b"x", content_type=TEXT)
    bad = good.model_copy(update={"key": key})
    for attempt in (
        store.put(key, b"x", content_type=TEXT),
        store.stat(key),
        store.read(key),
        anext(aiter(store.stream(key))),
        store.get(key, tmp_path / "out"),
        store.copy(good, key, content_type=TEXT),
        store.copy(bad, "target", content_type=TEXT),
        store.delete(key),
        store.link(key, timedelta(minutes=1)),
    ):
        with pytest.raises(StorageDenied) as refusal:
            await attempt
        assert type(refusal.value) is StorageDenied
    assert await keys(store) == ["good"]


async def test_the_longest_key_is_taken(store: ObjectStore) -> None:
    """1,024 bytes are a key."""
    key = "/".join(["p" * 127] * 8) + "x"
    assert len(key) == 1_024
    await store.put(key, b"x", content_type=TEXT)
    assert await keys(store) == [key]


async def test_of_concurrent_writers_one_is_last_and_whole(store: ObjectStore) -> None:
    """Whoever wins, content and SHA-256 are of the same writer, at every moment."""
    contents = [bytes([number]) * (2 << 20) for number in range(8)]
    whole = {hashlib.sha256(content).hexdigest() for content in contents}
    await store.put("k", contents[0], content_type=TEXT)

    async def watch() -> None:
        for _ in range(10):
            content = await store.read("k")
            assert hashlib.sha256(content).hexdigest() in whole

    await asyncio.gather(*(store.put("k", content, content_type=TEXT) for content in contents), watch())
    found = await store.stat("k")
    assert found == stored("k", await store.read("k"))


async def test_of_concurrent_writers_once_lets_one_through(store: ObjectStore) -> None:
    """Exactly one of many different contents is stored; all others are told."""
    contents = [bytes([number]) * 100_000 for number in range(12)]
    outcomes = await asyncio.gather(
        *(store.put("k", content, content_type=TEXT, once=True) for content in contents),
        return_exceptions=True,
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, StoredObject)]
    assert winners == [await store.stat("k")]
    assert sum(isinstance(outcome, ObjectExists) for outcome in outcomes) == 11


async def test_concurrent_copies_and_deletes_never_fail(store: ObjectStore) -> None:
    """Tasks that make and tidy away the same folders at the same time do not get in each other's way."""
    source = await store.put("staging/source", b"x", content_type=TEXT)

    async def come_and_go(number: int) -> None:
        for _ in range(10):
            await store.copy(source, f"a/b/{number}", content_type=TEXT)
            await store.put(f"a/b/c/{number}", b"y", content_type=TEXT)
            await store.delete(f"a/b/c/{number}")
            await store.delete(f"a/b/{number}")

    await asyncio.gather(*(come_and_go(number) for number in range(6)))
    assert await keys(store) == ["staging/source"]


async def test_two_hundred_megabytes_go_through(store: ObjectStore, tmp_path: Path) -> None:
    """A ten-minute master fits."""
    source, target = tmp_path / "master.wav", tmp_path / "fetched.wav"
    with source.open("wb") as file:
        for number in range(200):
            file.write(bytes([number]) * (1 << 20))
    put = await store.put("master.wav", source, content_type="audio/wav")
    assert put.bytes == 200 << 20
    assert await store.get("master.wav", target) == put
    with target.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == put.sha256
