"""The catalogue in memory: for tests, and for what need not outlive the process."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from dalsegno.ports import CatalogCandidate, CatalogTrack
from dalsegno.records.changes import check_times


class MemoryCatalog:
    """Implements `dalsegno.ports.Catalog` by dictionaries."""

    def __init__(self) -> None:
        self._tracks: dict[str, CatalogCandidate] = {}
        self._keys: dict[str, frozenset[int]] = {}

    async def add(self, track: CatalogTrack, fingerprint: bytes, keys: Sequence[int]) -> bool:
        """See `dalsegno.ports.Catalog`."""
        check_times([track.added_at])
        if track.track_id in self._tracks:
            return False
        in_utc = replace(track, added_at=track.added_at.astimezone(UTC))
        self._tracks[track.track_id] = CatalogCandidate(in_utc, fingerprint)
        self._keys[track.track_id] = frozenset(keys)
        return True

    async def get(self, track_id: str) -> CatalogTrack | None:
        """See `dalsegno.ports.Catalog`."""
        found = self._tracks.get(track_id)
        return found.track if found else None

    async def tracks(self, *, after: str = "", limit: int = 1_000) -> list[CatalogTrack]:
        """See `dalsegno.ports.Catalog`."""
        return [self._tracks[track_id].track for track_id in sorted(self._tracks) if track_id > after][:limit]

    async def remove(self, track_id: str) -> bool:
        """See `dalsegno.ports.Catalog`."""
        self._keys.pop(track_id, None)
        return self._tracks.pop(track_id, None) is not None

    async def candidates(self, keys: Sequence[int], *, limit: int) -> list[CatalogCandidate]:
        """See `dalsegno.ports.Catalog`."""
        shared = Counter({track_id: len(of_track & {*keys}) for track_id, of_track in self._keys.items()})
        return [self._tracks[track_id] for track_id, count in shared.most_common(limit) if count]
