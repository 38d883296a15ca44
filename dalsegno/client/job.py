"""A handle on one job."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError

from dalsegno.client.merging import correct_closed, merge_pending, without_worker
from dalsegno.client.reaching import reaching_temporal
from dalsegno.client.visibility import CUSTOMER, status_of
from dalsegno.errors import JobEndedError
from dalsegno.models import QUERY_STATUS, JobStatus, MusicResult, object_prefix
from dalsegno.ports import ObjectStore, Report

# A query waits long for a worker where there is none; without one we say what the server knows.
_QUERY_TIMEOUT = timedelta(seconds=3)
_RPC_TIMEOUT = timedelta(seconds=10)
_WATCH_SECONDS = 0.5


class JobHandle:
    """One job, by its id.

    Attributes:
        id: the job's id.
        already_there: whether `start` found the job there, running or done.
    """

    def __init__(
        self, client: Client, store: ObjectStore, job_id: str, *, already_there: bool = False
    ) -> None:
        self.id = job_id
        self.already_there = already_there
        self._client = client
        self._store = store

    async def status(self) -> JobStatus:
        """Where the job is.

        Raises:
            NoSuchJobError: there is no such job.
            UnreachableError: the Temporal server doesn't answer.
        """
        # First what the server knows, then the workflow: so that progress never seems to fall when a step ends
        # between the two.
        description = await self._describe()
        handle = self._handle(description.run_id)
        with reaching_temporal(self.id):
            try:
                status: JobStatus = await handle.query(
                    QUERY_STATUS, result_type=JobStatus, rpc_timeout=_QUERY_TIMEOUT
                )
            except (WorkflowQueryFailedError, RPCError):
                return await without_worker(description, handle)
            status = await correct_closed(status, description, handle)
            if status.status == "running":
                pending = description.raw_description.pending_activities
                status = await merge_pending(status, pending, self._client.data_converter)
        return status

    async def watch(self) -> AsyncIterator[JobStatus]:
        """The status each time that it changes, until the job has ended; that last one too.

        Progress never falls within a run.
        """
        shown: JobStatus | None = None
        while shown is None or shown.status == "running":
            status = await self.status()
            if shown and shown.progress > status.progress and status.status == "running":
                status = status.model_copy(update={"progress": shown.progress})
            if status != shown:
                shown = status
                yield status
            if status.status == "running":
                await asyncio.sleep(_WATCH_SECONDS)

    async def result(self) -> MusicResult:
        """Waits for the job's end and returns what it has published.

        Raises:
            JobEndedError: it failed or was cancelled.
            NoSuchJobError: there is no such job.
        """
        with reaching_temporal(self.id):
            try:
                result: MusicResult = await self._handle().result()
            except WorkflowFailureError as error:
                raise JobEndedError(str(error.cause)) from error
        return result

    async def cancel(self) -> None:
        """Asks the job to end. It does so at once, whatever step it is in.

        Raises:
            JobEndedError: it has ended already.
            NoSuchJobError: there is no such job.
        """
        description = await self._describe()
        if (stands := status_of(description)) != "running":
            raise JobEndedError(f"The job {self.id} has ended already: it is {stands}.")
        with reaching_temporal(self.id):
            await self._handle(description.run_id).cancel(rpc_timeout=_RPC_TIMEOUT)

    async def fetch(self, folder: Path, report: Report | None = None) -> list[Path]:
        """Downloads all that the job has published into a folder, and returns the files.

        Raises:
            JobEndedError: it hasn't published anything (yet).
            NoSuchJobError: there is no such job.
            StorageUnavailable: the object store doesn't answer.
        """
        description = await self._describe()
        customer_id = description.typed_search_attributes.get(CUSTOMER, "")
        prefix = object_prefix(customer_id, self.id)
        if await self._store.stat(f"{prefix}metadata.json") is None:
            raise JobEndedError(
                f"The job {self.id} has not published its music: see `dalsegno status {self.id}`."
            )
        keys = [key async for key in self._store.list(prefix)]
        files = []
        for number, key in enumerate(keys):
            name = key.removeprefix(prefix)
            if report:
                report(number / len(keys), f"Fetching {name}")
            target = folder / name
            await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
            await self._store.get(key, target)
            files.append(target)
        return files

    def _handle(self, run_id: str | None = None) -> WorkflowHandle[Any, MusicResult]:
        return self._client.get_workflow_handle(self.id, run_id=run_id, result_type=MusicResult)

    async def _describe(self) -> WorkflowExecutionDescription:
        with reaching_temporal(self.id):
            return await self._handle().describe(rpc_timeout=_RPC_TIMEOUT)
