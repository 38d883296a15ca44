"""What may be written into a job's row, for every implementation of the records alike."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from dalsegno.errors import InternalError
from dalsegno.ports import JobRow, LedgerEntry

Row = TypeVar("Row", JobRow, LedgerEntry)

# These say which row it is and how old: `open` and the conditions of `update` are about them.
_FIXED = {"job_id", "request_sha256", "created_at", "updated_at"}
# What is completed is not begun again by whoever opens it.
COMPLETED = "completed"
CHANGEABLE = frozenset(field.name for field in fields(JobRow)) - _FIXED


def check_changes(changes: Mapping[str, object]) -> None:
    """Refuses columns that do not exist or never change, and times without a zone.

    Raises:
        InternalError: naming them.
    """
    unknown = sorted(changes.keys() - CHANGEABLE)
    if unknown:
        raise InternalError(f"No such column of music_jobs can be changed: {', '.join(unknown)}.")
    check_times(changes.values())


def check_times(values: Iterable[Any]) -> None:
    """Refuses times without a zone: they would mean another moment on another machine.

    Raises:
        InternalError: if there is one.
    """
    if any(isinstance(value, datetime) and value.utcoffset() is None for value in values):
        raise InternalError("A time without a time zone can't be recorded.")


def in_utc(row: Row) -> Row:
    """The same row with all its times in UTC, as a database gives it back."""
    times: dict[str, Any] = {
        name: value.astimezone(UTC) for name, value in asdict(row).items() if isinstance(value, datetime)
    }
    return replace(row, **times)


def reopened(row: JobRow) -> dict[str, Any]:
    """What a new run sets in the older row of the same request: it is under way again, with no error."""
    return {
        "status": row.status,
        "step": row.step,
        "workflow_run_id": row.workflow_run_id,
        "updated_at": row.updated_at,
        "error_message": None,
        "failure_type": None,
    }
