"""The tables of the catalogue in a database."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert, literal, select

from dalsegno.ports import CatalogCandidate, CatalogTrack
from dalsegno.records.changes import check_times
from dalsegno.records.database import Database
from dalsegno.records.tables import catalog_keys, catalog_tracks

# A key that so many tracks have, that of silence above all, is not noted for further ones: it says next to nothing,
# and whoever looks for it would have to go through them all.
MOST_TRACKS_A_KEY = 256

_COLUMNS = [column for column in catalog_tracks.columns if column.name not in {"number", "fingerprint"}]


class SqlCatalog:
    """Implements `dalsegno.ports.Catalog` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, track: CatalogTrack, fingerprint: bytes, keys: Sequence[int]) -> bool:
        """See `dalsegno.ports.Catalog`."""
        check_times([track.added_at])
        return await self._database.to_its_end(self._add(track, fingerprint, keys))

    async def get(self, track_id: str) -> CatalogTrack | None:
        """See `dalsegno.ports.Catalog`."""
        found = await self._database.to_its_end(
            self._read(select(*_COLUMNS).where(catalog_tracks.c.track_id == track_id))
        )
        return CatalogTrack(**found[0]) if found else None

    async def tracks(self, *, after: str = "", limit: int = 1_000) -> list[CatalogTrack]:
        """See `dalsegno.ports.Catalog`."""
        track_id = catalog_tracks.c.track_id
        question = select(*_COLUMNS).where(track_id > after).order_by(track_id).limit(limit)
        return [CatalogTrack(**row) for row in await self._database.to_its_end(self._read(question))]

    async def remove(self, track_id: str) -> bool:
        """See `dalsegno.ports.Catalog`."""
        return await self._database.to_its_end(self._remove(track_id))

    async def candidates(self, keys: Sequence[int], *, limit: int) -> list[CatalogCandidate]:
        """See `dalsegno.ports.Catalog`."""
        number, count = catalog_keys.c.number, func.count()
        wanted = self._database.rows_of(sorted({*keys}))
        most = (
            select(number, count.label("shared"))
            .join(wanted, wanted.c.value == catalog_keys.c.key)
            .group_by(number)
            .order_by(count.desc(), number)
            .limit(limit)
            .subquery()
        )
        question = (
            select(*_COLUMNS, catalog_tracks.c.fingerprint)
            .join(most, most.c.number == catalog_tracks.c.number)
            .order_by(most.c.shared.desc(), most.c.number)
        )
        found = await self._database.to_its_end(self._read(question))
        return [
            CatalogCandidate(fingerprint=row.pop("fingerprint"), track=CatalogTrack(**row)) for row in found
        ]

    async def _add(self, track: CatalogTrack, fingerprint: bytes, keys: Sequence[int]) -> bool:
        row = asdict(track) | {"fingerprint": fingerprint}
        new = self._database.insert_if_new(catalog_tracks, row).returning(catalog_tracks.c.number)
        async with self._database.writing() as connection:
            # Whoever adds the same file at the same time waits here, and then finds it done.
            number = (await connection.execute(new)).scalar_one_or_none()
            if number is None:
                return False
            # In their order, since they lie in it.
            wanted = self._database.rows_of(sorted({*keys}))
            others = catalog_keys.alias()
            tracks = select(func.count()).where(others.c.key == wanted.c.value).scalar_subquery()
            rare = select(wanted.c.value, literal(number)).where(tracks < MOST_TRACKS_A_KEY)
            await connection.execute(insert(catalog_keys).from_select(["key", "number"], rare))
            return True

    async def _remove(self, track_id: str) -> bool:
        this = catalog_tracks.c.track_id == track_id
        async with self._database.writing() as connection:
            # Deleting first takes SQLite's write lock at once: reading first could end in a deadlock.
            removed = (
                delete(catalog_tracks)
                .where(this)
                .returning(catalog_tracks.c.number, catalog_tracks.c.fingerprint)
            )
            row = (await connection.execute(removed)).one_or_none()
            if row is None:
                return False
            # By key, since only the fingerprint tells where its rows are.
            of_track = self._database.rows_of(np.unique(np.frombuffer(row.fingerprint, dtype="<i4")).tolist())
            await connection.execute(
                delete(catalog_keys).where(
                    catalog_keys.c.number == row.number, catalog_keys.c.key.in_(select(of_track.c.value))
                )
            )
            return True

    async def _read(self, question: Any) -> list[dict[str, Any]]:
        async with self._database.reading() as connection:
            return [dict(row) for row in (await connection.execute(question)).mappings()]
