"""The ledger in memory: for tests, and for what need not outlive the process."""

from dataclasses import asdict

from dalsegno.ports import LedgerEntry
from dalsegno.records.changes import check_times, in_utc


class MemoryLedger:
    """Implements `dalsegno.ports.Ledger` by a dictionary."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], LedgerEntry] = {}

    async def latest(self, job_id: str) -> LedgerEntry | None:
        """See `dalsegno.ports.Ledger`."""
        of_job = [entry for entry in self._entries.values() if entry.job_id == job_id]
        return max(of_job, key=lambda entry: entry.ordinal, default=None)

    async def of_task(self, provider: str, task_id: str) -> LedgerEntry | None:
        """See `dalsegno.ports.Ledger`."""
        found = [
            entry
            for entry in self._entries.values()
            if (entry.provider, entry.task_id) == (provider, task_id)
        ]
        return max(found, key=lambda entry: entry.created_at, default=None)

    async def add(self, entry: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        check_times(asdict(entry).values())
        if (entry.job_id, entry.ordinal) in self._entries:
            return False
        self._entries[entry.job_id, entry.ordinal] = in_utc(entry)
        return True

    async def replace(self, before: LedgerEntry, after: LedgerEntry) -> bool:
        """See `dalsegno.ports.Ledger`."""
        check_times(asdict(after).values())
        there = self._entries.get((before.job_id, before.ordinal))
        if there is None or _stage(there) != _stage(before):
            return False
        self._entries[before.job_id, before.ordinal] = in_utc(after)
        return True


def _stage(entry: LedgerEntry) -> tuple[str | None, ...]:
    return entry.state, entry.attempt, entry.task_id
