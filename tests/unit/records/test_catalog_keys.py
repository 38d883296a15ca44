"""Keys that very many tracks have: silence is in all of them, and finding by it would mean looking at all."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from dalsegno.ports import CatalogTrack
from dalsegno.records import catalog as catalog_module
from dalsegno.records.catalog import SqlCatalog
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.tables import catalog_keys

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SILENCE = -7


async def test_a_key_of_very_many_tracks_is_noted_for_the_first_of_them_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are found by their other keys, and removed like any."""
    monkeypatch.setattr(catalog_module, "MOST_TRACKS_A_KEY", 3)
    await migrate(url)
    database = Database(create_engine(url))
    catalog = SqlCatalog(database)
    for number in range(6):
        track = CatalogTrack(f"{number:032x}", f"Track {number}", None, 15.0, NOON)
        own = 100 + number
        fingerprint = b"".join(key.to_bytes(4, "little", signed=True) for key in (SILENCE, own))
        await catalog.add(track, fingerprint, [SILENCE, own])
    try:
        silent = [each.track.title for each in await catalog.candidates([SILENCE], limit=10)]
        assert silent == ["Track 0", "Track 1", "Track 2"]
        (found,) = await catalog.candidates([105], limit=10)
        assert found.track.title == "Track 5"
        for number in (0, 5):
            assert await catalog.remove(f"{number:032x}")
        async with database.reading() as connection:
            left = await connection.scalar(select(func.count()).select_from(catalog_keys))
        assert left == 2 + 4
    finally:
        await database.close()
