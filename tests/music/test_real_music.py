"""Recognition of real music, as people have it: Debian's package `singularity-music`, sixteen tagged tracks."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from dalsegno.records.memory_catalog import MemoryCatalog
from dalsegno.reference.recognition.catalogue import CatalogRecogniser, add_file
from tests.support.debian_music import PACKAGES, tracks
from tests.support.synthetic_music import ffmpeg

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGIN = 41.7


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def catalog() -> MemoryCatalog:
    """Four of the tracks."""
    paths = tracks(PACKAGES[0])
    assert len(paths) == 16, "The package singularity-music is not there: see CONTRIBUTING.md."
    catalog = MemoryCatalog()
    await asyncio.gather(*(add_file(catalog, path, added_at=NOON) for path in paths[:4]))
    return catalog


def excerpt(track: Path, folder: Path, *options: str) -> Path:
    """Fifteen seconds of a track, coded anew."""
    target = folder / "excerpt.mp3"
    ffmpeg("-ss", str(BEGIN), "-t", "15", "-i", track, "-map", "0:a:0", *options, "-b:a", "64k", target)
    return target


async def test_tracks_are_named_by_their_tags(catalog: MemoryCatalog) -> None:
    """Which Ogg keeps beside the stream."""
    named = {(track.title, track.artist) for track in await catalog.tracks()}
    assert ("Awakening", "Maxstack") in named
    assert {artist for _, artist in named} == {"Maxstack"}


async def test_an_excerpt_of_a_track_is_found_with_its_place(catalog: MemoryCatalog, tmp_path: Path) -> None:
    """Coded anew at a low rate."""
    for path in tracks(PACKAGES[0])[:4]:
        found = await CatalogRecogniser(catalog).recognise(excerpt(path, tmp_path))
        assert found
        assert found.title == path.stem
        assert found.begins_at == pytest.approx(BEGIN, abs=0.15)


async def test_music_by_the_same_artist_that_was_not_added_is_unknown(
    catalog: MemoryCatalog, tmp_path: Path
) -> None:
    """However like the others it sounds."""
    for path in tracks(PACKAGES[0])[4:10]:
        assert await CatalogRecogniser(catalog).recognise(excerpt(path, tmp_path)) is None
