"""What every catalogue keeps, and how it finds tracks."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dalsegno.errors import InternalError
from dalsegno.ports import Catalog, CatalogTrack

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def a_track(number: int = 1, **changes: object) -> CatalogTrack:
    """A track, changed as a test needs it."""
    track = CatalogTrack(
        track_id=f"{number:032x}", title=f"Track {number}", artist="Ada", seconds=180.5, added_at=NOON
    )
    return replace(track, **changes)  # type: ignore[arg-type]  # as a test needs it


def fingerprint_of(*keys: int) -> bytes:
    """The fingerprint that has these keys."""
    return b"".join(key.to_bytes(4, "little", signed=True) for key in keys)


async def add(catalog: Catalog, track: CatalogTrack, *keys: int) -> bool:
    """Adds a track that has these keys."""
    return await catalog.add(track, fingerprint_of(*keys), keys)


async def found(catalog: Catalog, *keys: int, limit: int = 10) -> list[str]:
    """The titles of the tracks that keys lead to."""
    return [each.track.title for each in await catalog.candidates(keys, limit=limit)]


async def test_what_is_added_is_there(catalog: Catalog) -> None:
    """Whole, with its time in UTC and whatever letters it has."""
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    track = a_track(title="Ænima, 春 “no”", artist=None, added_at=elsewhere)
    assert await add(catalog, track, 7)
    there = await catalog.get(track.track_id)
    assert there == track
    assert there.added_at.utcoffset() == timedelta(0)
    assert await catalog.get(a_track(2).track_id) is None


async def test_a_track_is_added_once(catalog: Catalog) -> None:
    """Whoever comes second changes nothing, and hears of it."""
    assert await add(catalog, a_track(), 7)
    assert not await add(catalog, a_track(title="another"), 8)
    assert await catalog.tracks() == [a_track()]
    assert await found(catalog, 7) == ["Track 1"]
    assert await found(catalog, 8) == []


async def test_of_many_who_add_the_same_at_once_one_does(catalog: Catalog) -> None:
    """All of them find it there."""
    added = await asyncio.gather(*(add(catalog, a_track(title=f"by {each}"), 7) for each in range(8)))
    assert added.count(True) == 1
    assert await found(catalog, 7) == [f"by {added.index(True)}"]


async def test_several_add_at_once(catalog: Catalog) -> None:
    """Tracks that share keys too."""
    assert all(await asyncio.gather(*(add(catalog, a_track(each), 7, 100 + each) for each in range(8))))
    assert len(await catalog.tracks()) == 8
    assert await found(catalog, 7, 105, limit=1) == ["Track 5"]


async def test_the_track_that_shares_most_keys_comes_first(catalog: Catalog) -> None:
    """So many at most, and none that shares nothing; a key counts once, however often it is asked for."""
    await add(catalog, a_track(1), 1, 2, 3)
    await add(catalog, a_track(2), 1, 2, 3, 4, 5)
    await add(catalog, a_track(3), 1)
    await add(catalog, a_track(4), 9)
    assert await found(catalog, 1, 2, 3, 4, 7) == ["Track 2", "Track 1", "Track 3"]
    assert await found(catalog, 1, 2, 3, 4, 7, limit=1) == ["Track 2"]
    assert await found(catalog, 9, 9, 1, 2) == ["Track 1", "Track 2", "Track 3", "Track 4"]
    assert await found(catalog, 6) == []


async def test_candidates_come_with_their_fingerprint(catalog: Catalog) -> None:
    """All 32 bits of a key count, the highest too; order and repetitions stay."""
    keys = (-(2**31), 2**31 - 1, -1, 0, -1)
    await catalog.add(a_track(), fingerprint_of(*keys), sorted(set(keys)))
    for key in keys:
        (candidate,) = await catalog.candidates([key], limit=3)
        assert candidate == (a_track(), fingerprint_of(*keys))


async def test_a_long_track_is_found_by_any_of_its_keys(catalog: Catalog) -> None:
    """Hours of music have more keys than a statement may have parameters."""
    keys = range(1, 40_001)
    assert await add(catalog, a_track(), *keys)
    for key in (1, 23_456, 40_000):
        assert await found(catalog, key) == ["Track 1"]
    assert await catalog.remove(a_track().track_id)
    assert await found(catalog, 1, 23_456, 40_000) == []


async def test_what_is_removed_is_gone(catalog: Catalog) -> None:
    """It alone, with its keys; it can be added again."""
    await add(catalog, a_track(1), 1, 2)
    await add(catalog, a_track(2), 2, 3)
    assert await catalog.remove(a_track(1).track_id)
    assert not await catalog.remove(a_track(1).track_id)
    assert await catalog.tracks() == [a_track(2)]
    assert await found(catalog, 1, 2) == ["Track 2"]
    assert await add(catalog, a_track(1), 5)
    assert await found(catalog, 1) == []
    assert await found(catalog, 5) == ["Track 1"]


async def test_tracks_are_listed_page_by_page(catalog: Catalog) -> None:
    """In the order of their ids, whenever they came."""
    for number in (3, 1, 5, 4, 2):
        await add(catalog, a_track(number), number)
    first = await catalog.tracks(limit=2)
    second = await catalog.tracks(after=first[-1].track_id, limit=2)
    third = await catalog.tracks(after=second[-1].track_id, limit=2)
    assert [track.title[-1] for track in (*first, *second, *third)] == ["1", "2", "3", "4", "5"]


async def test_a_time_without_a_zone_is_refused(catalog: Catalog) -> None:
    """It would mean another moment on another machine."""
    odd = a_track(added_at=datetime(2026, 11, 1))  # noqa: DTZ001  (that is the point)
    with pytest.raises(InternalError):
        await add(catalog, odd, 7)
    assert await catalog.tracks() == []
