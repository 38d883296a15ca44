"""The job's row in the database: opened, brought up to date, closed."""

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer
from temporalio import activity

from dalsegno.deliverables.names import METADATA
from dalsegno.errors import InvalidRequest
from dalsegno.models import Model, MusicJob, MusicResult, StoredObject, object_prefix
from dalsegno.ports import JobRecords, JobRow, ObjectStore
from dalsegno.requests import refuse_unavailable


class RowChange(Model):
    """The columns of `music_jobs` that a step sets; those not given stay as they are."""

    status: Literal["running", "completed", "failed", "cancelled"]
    step: str
    title: str | None = None
    reference_song_title: str | None = None
    reference_artist: str | None = None
    reference_bpm: float | None = None
    reference_key: str | None = None
    reference_mood: str | None = None
    reference_confidence: float | None = None
    r2_key: str | None = None
    r2_preview_key: str | None = None
    file_size_bytes: int | None = None
    audio_duration_seconds: float | None = None
    error_message: str | None = None
    failure_type: str | None = None
    completed_at: datetime | None = None

    @model_serializer(mode="wrap")
    def _given_only(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        """What isn't given must not travel either: at its end it would be taken for a column to be emptied."""
        columns: dict[str, object] = serialize(self)
        return {name: value for name, value in columns.items() if name in self.model_fields_set}


class OpenJob(Model):
    """Which job begins, in which run, when (the workflow's time), and how it stands: running, or ended already."""

    job: MusicJob
    run_id: str
    at: datetime
    change: RowChange


class OpenedJob(Model):
    """When the job was first begun, and its result if it was completed then."""

    created_at: datetime
    result: MusicResult | None


class SaveJob(Model):
    """A change to a job's row as of `at`, the workflow's time; older than the row, it is ignored."""

    job_id: str
    request_sha256: str
    run_id: str
    at: datetime
    change: RowChange


def opened_row(job: MusicJob, run_id: str, at: datetime, **columns: Any) -> JobRow:
    """The row of a job that begins at a time, with the columns that say how it stands."""
    return JobRow(
        job_id=job.job_id,
        request_sha256=job.request_sha256,
        customer_id=job.request.customer_id,
        provider=job.provider,
        prompt=job.request.prompt,
        mood=job.request.mood,
        requested_duration_seconds=job.request.duration,
        workflow_run_id=run_id,
        created_at=at,
        updated_at=at,
        **columns,
    )


class JobRecording:
    """The activities that write the table `music_jobs`."""

    def __init__(self, records: JobRecords, store: ObjectStore) -> None:
        self._records = records
        self._store = store

    @activity.defn
    async def open_job(self, opening: OpenJob) -> OpenedJob:
        """Opens the job's row, or finds the one that it had before its history was forgotten.

        Raises:
            InvalidRequest: the job id belongs to another request, or the request asks for what isn't available.
        """
        job = opening.job
        row = await self._records.open(
            opened_row(job, opening.run_id, opening.at, **opening.change.model_dump(exclude_unset=True))
        )
        if row.request_sha256 != job.request_sha256:
            raise InvalidRequest(
                f"The job id {job.job_id} belongs to an earlier, different request: choose another id."
            )
        refuse_unavailable(job.request)
        result = await self._earlier_result(row) if row.status == "completed" else None
        return OpenedJob(created_at=row.created_at, result=result)

    @activity.defn
    async def save_job(self, saving: SaveJob) -> None:
        """Brings the job's row up to date."""
        await self._records.update(
            saving.job_id,
            request_sha256=saving.request_sha256,
            updated_at=saving.at,
            changes={"workflow_run_id": saving.run_id, **saving.change.model_dump(exclude_unset=True)},
        )

    async def _earlier_result(self, row: JobRow) -> MusicResult:
        prefix = object_prefix(row.customer_id, row.job_id)
        metadata = json.loads(await self._store.read(prefix + METADATA))
        objects = {name: StoredObject.model_validate(item) for name, item in metadata["objects"].items()}
        if itself := await self._store.stat(prefix + METADATA):
            objects[METADATA] = itself
        completed_at = row.completed_at or row.updated_at
        return MusicResult(
            job_id=row.job_id,
            title=metadata["title"],
            duration=metadata["duration"],
            elapsed=(completed_at - row.created_at).total_seconds(),
            provider=metadata["provider"],
            objects=objects,
        )
