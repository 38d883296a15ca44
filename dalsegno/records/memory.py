"""Job records in memory: for tests, and for what need not outlive the process."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from dalsegno.ports import JobRow, RowPlace
from dalsegno.records.changes import COMPLETED, check_changes, check_times, in_utc, reopened


class MemoryJobRecords:
    """Implements `dalsegno.ports.JobRecords` by a dictionary."""

    def __init__(self) -> None:
        self._rows: dict[str, JobRow] = {}

    async def open(self, row: JobRow) -> JobRow:
        """See `dalsegno.ports.JobRecords`."""
        check_times(asdict(row).values())
        found = self._rows.setdefault(row.job_id, in_utc(row))
        same_request = found.request_sha256 == row.request_sha256
        if same_request and found.status != COMPLETED and found.updated_at < row.updated_at:
            self._rows[row.job_id] = in_utc(replace(found, **reopened(row)))
        return self._rows[row.job_id]

    async def update(
        self, job_id: str, *, request_sha256: str, updated_at: datetime, changes: dict[str, Any]
    ) -> None:
        """See `dalsegno.ports.JobRecords`."""
        check_changes(changes)
        check_times([updated_at])
        found = self._rows.get(job_id)
        if found and found.request_sha256 == request_sha256 and found.updated_at <= updated_at:
            self._rows[job_id] = in_utc(replace(found, **changes, updated_at=updated_at))

    async def get(self, job_id: str) -> JobRow | None:
        """See `dalsegno.ports.JobRecords`."""
        return self._rows.get(job_id)

    async def with_status(
        self, status: str, *, before: datetime, after: RowPlace | None = None, limit: int = 1_000
    ) -> list[JobRow]:
        """See `dalsegno.ports.JobRecords`."""
        check_times([before, *(after or ())])
        found = [row for row in self._rows.values() if row.status == status and row.updated_at < before]
        following = [row for row in found if after is None or row.place > after]
        return sorted(following, key=lambda row: row.place)[:limit]
