"""Recognition by a catalogue: what is added is found again, and nothing else is."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dalsegno.errors import UnsupportedSource
from dalsegno.ports import CatalogTrack
from dalsegno.records.memory_catalog import MemoryCatalog
from dalsegno.reference.recognition.catalogue import CatalogRecogniser, add_file, best_match
from dalsegno.reference.recognition.fingerprint import PHASES, keys, packed
from tests.support.synthetic_music import RATE, ffmpeg, piece, write

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SONG, OTHER = piece(1, 32), piece(2, 32)


@pytest.fixture
async def catalog(tmp_path: Path) -> MemoryCatalog:
    """Two pieces, of which one is asked for."""
    catalog = MemoryCatalog()
    await add_file(catalog, write(tmp_path / "song.flac", SONG, title="Song", artist="Ada"), added_at=NOON)
    await add_file(catalog, write(tmp_path / "other.flac", OTHER), added_at=NOON)
    return catalog


def excerpt(folder: Path, *, begin: float = 12.3, seconds: float = 15, noise: float = 0.0) -> Path:
    """A stretch of the song, with noise so much softer, 0..1, as an MP3 of 64 kbit/s."""
    samples = SONG[int(begin * RATE) : int((begin + seconds) * RATE)]
    level = noise * float(np.sqrt(np.mean(samples**2)))
    rushing = np.random.default_rng(1).standard_normal(len(samples)) * level
    write(folder / "excerpt.wav", (samples + rushing).astype(np.float32))
    ffmpeg("-i", folder / "excerpt.wav", "-b:a", "64k", folder / "excerpt.mp3")
    return folder / "excerpt.mp3"


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
async def test_an_excerpt_is_found_with_its_place(
    catalog: MemoryCatalog, tmp_path: Path, noise: float
) -> None:
    """Coded anew, and with noise up to 10 dB below it; the confidence is what was measured."""
    found = await CatalogRecogniser(catalog).recognise(excerpt(tmp_path, noise=noise))
    assert found
    assert (found.title, found.artist, found.method) == ("Song", "Ada", "catalog")
    assert found.confidence
    assert 0.85 <= found.confidence <= 1
    assert found.begins_at == pytest.approx(12.3, abs=0.1)


async def test_other_music_is_unknown(catalog: MemoryCatalog, tmp_path: Path) -> None:
    """A piece that was never added, and one that was removed."""
    recogniser = CatalogRecogniser(catalog)
    assert await recogniser.recognise(write(tmp_path / "new.wav", piece(4, 15))) is None
    (song,) = [track for track in await catalog.tracks() if track.title == "Song"]
    await catalog.remove(song.track_id)
    assert await recogniser.recognise(excerpt(tmp_path)) is None


@pytest.mark.parametrize(("same", "is_found"), [(45, False), (68, False), (72, True)])
async def test_half_alike_is_not_the_same(*, same: int, is_found: bool) -> None:
    """So many of a hundred sub-fingerprints are the track's, the others as like as chance makes them."""
    chance = np.random.default_rng(1)
    fingerprint = chance.integers(0, 2**32, 500, dtype=np.uint32)
    track = CatalogTrack("0" * 32, "Song", None, 60.0, NOON)
    catalog = MemoryCatalog()
    await catalog.add(track, packed(fingerprint), keys([fingerprint]))
    excerpt = fingerprint[200:300].copy()
    excerpt[same:] ^= np.uint32(0xFFFF)  # half of their bits
    match = await best_match(catalog, [excerpt] * PHASES)
    assert (match is not None) == is_found
    if match:
        assert match.score == pytest.approx((100 + same) / 200)


async def test_the_likest_recording_is_taken(catalog: MemoryCatalog, tmp_path: Path) -> None:
    """A remix with something else over it doesn't take the original's place, whichever came first."""
    remix = (SONG + 0.3 * OTHER).astype(np.float32)
    for begin, song in ((0, catalog), (1, MemoryCatalog())):
        tracks = [write(tmp_path / "remix.flac", remix), write(tmp_path / "song.flac", SONG, title="Song")]
        for path in tracks[:: 1 - 2 * begin]:
            await add_file(song, path, added_at=NOON)
        found = await CatalogRecogniser(song).recognise(excerpt(tmp_path))
        assert found
        assert found.title == "Song"


async def test_what_is_too_short_or_uniform_is_not_judged(catalog: MemoryCatalog, tmp_path: Path) -> None:
    """Silence is like every other silence."""
    recogniser = CatalogRecogniser(catalog)
    silence = write(tmp_path / "silence.wav", np.zeros(RATE * 15, dtype=np.float32))
    for path in (silence, excerpt(tmp_path, seconds=8)):
        with pytest.raises(UnsupportedSource, match="10 seconds of music are needed"):
            await recogniser.recognise(path)
        with pytest.raises(UnsupportedSource, match=rf"^{path.name} .*10 seconds of music are needed"):
            await add_file(catalog, path, added_at=NOON)
    assert len(await catalog.tracks()) == 2


async def test_an_empty_catalogue_knows_nothing(tmp_path: Path) -> None:
    """It doesn't even look at the clip: nobody hears of a shortcoming of what isn't used."""
    assert await CatalogRecogniser(MemoryCatalog()).recognise(tmp_path / "missing.wav") is None


async def test_adding_the_same_file_again_changes_nothing(catalog: MemoryCatalog, tmp_path: Path) -> None:
    """By its content, whatever it is called; it is not even decoded again."""
    before = await catalog.tracks()
    again = tmp_path / "renamed.flac"
    (tmp_path / "song.flac").rename(again)
    track, added = await add_file(catalog, again, added_at=datetime.now(UTC))
    assert not added
    assert track.title == "Song"
    assert await catalog.tracks() == before


async def test_adding_the_same_file_twice_at_once_adds_it_once(tmp_path: Path) -> None:
    """Both come to the same track, and one was first."""
    catalog, path = MemoryCatalog(), write(tmp_path / "song.flac", SONG[: RATE * 20])
    outcomes = await asyncio.gather(*(add_file(catalog, path, added_at=NOON) for _ in range(2)))
    assert sorted(added for _, added in outcomes) == [False, True]
    assert len({track for track, _ in outcomes}) == 1


async def test_a_track_without_tags_is_named_by_its_file(tmp_path: Path) -> None:
    """On one line, as all names."""
    catalog = MemoryCatalog()
    path = write(tmp_path / "01 Some\nSong.wav", SONG[: RATE * 15])
    track, _ = await add_file(catalog, path, added_at=NOON)
    assert (track.title, track.artist) == ("01 Some Song", None)
    assert track.seconds == pytest.approx(15, abs=0.3)


async def test_what_can_not_be_read_is_refused(tmp_path: Path) -> None:
    """With the reason."""
    os.mkfifo(tmp_path / "pipe.mp3")
    for name in ("missing.mp3", ".", "a\0b", "pipe.mp3"):
        with pytest.raises(UnsupportedSource, match="can't be read: "):
            await add_file(MemoryCatalog(), tmp_path / name, added_at=NOON)
