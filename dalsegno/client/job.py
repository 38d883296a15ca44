"""A handle on one job."""

import asyncio
import json
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
from temporalio.service import RPCError, RPCStatusCode

from dalsegno.client.merging import correct_closed, merge_pending
from dalsegno.client.patience import Patience
from dalsegno.client.reaching import reaching_temporal
from dalsegno.client.visibility import CUSTOMER, PROVIDER, status_of
from dalsegno.client.waiting import tell_jobs_ahead
from dalsegno.client.without_worker import status_without_worker
from dalsegno.deliverables.names import METADATA
from dalsegno.errors import InvalidRequest, JobEndedError, NoSuchJobError, StorageDenied, UnreachableError
from dalsegno.models import QUERY_STATUS, JobStatus, MusicResult, object_prefix
from dalsegno.ports import ObjectStore, Report

# A query waits long for a worker where there is none; without one we say what the server knows.
_QUERY_TIMEOUT = timedelta(seconds=3)
_RPC_TIMEOUT = timedelta(seconds=10)
# What a query without a worker ends with; CANCELLED is this side's own clock.
_NO_WORKER = {
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
}
_WATCH_SECONDS = 0.5
# For how long a watch goes on without an answer: a server that is restarted is back within that time.
PATIENCE_SECONDS = 60.0
TRYING_AGAIN = "Temporal does not answer, trying again"


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
            UnreachableError: the Temporal server doesn't answer, or the worker there can't read the workflow.
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
            except RPCError as error:
                if error.status not in _NO_WORKER:
                    raise
                return await status_without_worker(description, handle, self._client.data_converter)
            except WorkflowQueryFailedError as error:
                raise UnreachableError(
                    f"The workflow of job {self.id} can't be read by the worker that answers: "
                    "its log says why. Does it run another version?"
                ) from error
            status = await correct_closed(status, description, handle)
            if status.status == "running":
                pending = description.raw_description.pending_activities
                status = await merge_pending(status, pending, self._client.data_converter)
                if not pending:
                    provider = description.typed_search_attributes.get(PROVIDER, "")
                    status = await tell_jobs_ahead(status, provider, self._client)
        return status

    async def watch(self) -> AsyncIterator[JobStatus]:
        """The status each time that it changes, until the job has ended; that last one too.

        Progress never falls within a run. While Temporal doesn't answer, `last_error` says so; less than a
        minute of that is taken for a restart.

        Raises:
            NoSuchJobError: there is no such job.
            UnreachableError: the Temporal server hasn't answered for a minute.
        """
        shown: JobStatus | None = None
        patience = Patience(PATIENCE_SECONDS)
        while shown is None or shown.status == "running":
            now: JobStatus | None
            try:
                now = await self.status()
                patience.answered()
            except UnreachableError:
                if patience.is_over():
                    raise
                now = shown
                if shown is not None:
                    now = shown.model_copy(update={"last_error": TRYING_AGAIN})
            if now is not None and shown is not None and now.status == "running":
                now = now.model_copy(update={"progress": max(now.progress, shown.progress)})
            if now is not None and now != shown:
                shown = now
                yield shown
            if shown is None or shown.status == "running":
                await asyncio.sleep(_WATCH_SECONDS)

    async def result(self) -> MusicResult:
        """Waits for the job's end and returns what it has published. A job that is reset meanwhile goes on.

        Raises:
            JobEndedError: it failed or was cancelled.
            NoSuchJobError: there is no such job.
            UnreachableError: the Temporal server doesn't answer.
        """
        while True:
            run_id = (await self._describe()).run_id
            try:
                with reaching_temporal(self.id):
                    result: MusicResult = await self._handle(run_id).result()
            except (WorkflowFailureError, NoSuchJobError) as error:
                # A reset closes the run that it supersedes, and that run is forgotten soon after.
                if (await self._describe()).run_id != run_id:
                    continue
                if isinstance(error, NoSuchJobError):
                    raise
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
        """Downloads all that the job has published into a folder, and returns the files: `metadata.json` comes last.

        Raises:
            JobEndedError: it hasn't published anything (yet).
            NoSuchJobError: there is no such job.
            StorageUnavailable: the object store doesn't answer, or the folder can't be made.
            StorageDenied: what lies in the store is not what was published, or the folder can't be written.
        """
        prefix, keys = await self._published()
        files, fetched = [], {}
        for number, key in enumerate(keys):
            name = key.removeprefix(prefix)
            if report:
                report(number / len(keys), f"Fetching {name}")
            target = folder / name
            fetched[name] = (await self._store.get(key, target)).sha256
            files.append(target)
        published = _published_sha256s(await self._store.read(f"{prefix}{METADATA}"), self.id)
        for name, sha256 in published.items():
            if fetched.get(name) != sha256:
                raise StorageDenied(
                    f"{prefix}{name} is not what the job published: it was deleted or changed."
                )
        return files

    async def links(self, expires: timedelta = timedelta(hours=1)) -> dict[str, str]:
        """Links to all that the job has published, by file name: whoever has one can fetch the file.

        They are as good as a key until they expire: keep them out of logs. A folder as object store gives `file:`
        addresses, for programs on its machine, which don't expire.

        Args:
            expires: how long they are good, one second to seven days.

        Raises:
            InvalidRequest: `expires` is shorter or longer than that.
            JobEndedError: it hasn't published anything (yet).
            NoSuchJobError: there is no such job.
            StorageUnavailable: the object store doesn't answer.
            StorageDenied: it refuses.
        """
        if not timedelta(seconds=1) <= expires <= timedelta(days=7):
            raise InvalidRequest("Links can be good for one second to seven days.")
        prefix, keys = await self._published()
        return {key.removeprefix(prefix): await self._store.link(key, expires) for key in keys}

    async def _published(self) -> tuple[str, list[str]]:
        """Where the job publishes, and the keys of all that it has published, that of `metadata.json` last."""
        description = await self._describe()
        customer_id = description.typed_search_attributes.get(CUSTOMER, "")
        prefix = object_prefix(customer_id, self.id)
        if await self._store.stat(last := f"{prefix}{METADATA}") is None:
            raise JobEndedError(
                f"The job {self.id} has not published its music: see `dalsegno status {self.id}`."
            )
        keys = [key async for key in self._store.list(prefix)]
        return prefix, sorted(keys, key=lambda key: key == last)

    def _handle(self, run_id: str | None = None) -> WorkflowHandle[Any, MusicResult]:
        return self._client.get_workflow_handle(self.id, run_id=run_id, result_type=MusicResult)

    async def _describe(self) -> WorkflowExecutionDescription:
        with reaching_temporal(self.id):
            return await self._handle().describe(rpc_timeout=_RPC_TIMEOUT)


def _published_sha256s(metadata: bytes, job_id: str) -> dict[str, str]:
    """By name, what `metadata.json` says that the job has published."""
    try:
        return {name: stored["sha256"] for name, stored in json.loads(metadata)["objects"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StorageDenied(
            f"{METADATA} of job {job_id} is not what the job published: it can't be read."
        ) from None
