"""Starts and lists jobs."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from temporalio.client import Client, WorkflowExecution
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from dalsegno.adapters import build_store
from dalsegno.client.dead_letters import (
    RetryPlan,
    discard,
    forgotten_job,
    forgotten_jobs,
    missing_workers,
    ordered_retry,
    outcome_of,
    plan_retry,
    request_retry,
)
from dalsegno.client.job import JobHandle
from dalsegno.client.reaching import reaching_search_attributes, reaching_temporal
from dalsegno.client.reference_audio import AudioFile, check_audio
from dalsegno.client.visibility import CUSTOMER, PROVIDER, STEP, Ending, list_query, summary_of
from dalsegno.errors import InvalidRequest, JobEndedError, NoSuchJobError, UnreachableError
from dalsegno.models import (
    TASK_QUEUE,
    WORKFLOW_TYPE,
    JobSummary,
    MusicJob,
    MusicRequest,
    StoredObject,
    default_seed,
    staging_prefix,
)
from dalsegno.ports import ObjectStore
from dalsegno.requests import refuse_unavailable
from dalsegno.runtime.connection import connect
from dalsegno.settings import Settings, load_settings

_REQUEST_SHA256 = "request_sha256"
# A worker that dies in the midst of a workflow task, which takes milliseconds, is missed after this time.
_WORKFLOW_TASK_TIMEOUT = timedelta(seconds=2)
# Behind the deadline that the workflow itself keeps: for a job that no worker looks after any more.
_RUN_TIMEOUT = timedelta(days=7)
# Lists are newest first, which the server can't do: so they are read in stretches of time, each longer than the last.
_FIRST_STRETCH = timedelta(hours=1)
_STRETCH_FACTOR = 8
_OLDEST = timedelta(days=3650)
# So many closed runs are looked at together: whether they are their jobs' current ones the list doesn't tell.
_AT_ONCE = 20


class MusicClient:
    """A connection to Temporal and to the object store."""

    def __init__(self, client: Client, store: ObjectStore, settings: Settings) -> None:
        self._client = client
        self._store = store
        self._settings = settings

    @classmethod
    async def connect(cls, settings: Settings | None = None) -> Self:
        """Connects as the settings say, by default those of the environment.

        Raises:
            SettingsError: a setting is wrong.
            UnreachableError: no Temporal server answers.
        """
        settings = settings or load_settings()
        return cls(await connect(settings), build_store(settings), settings)

    async def start(self, request: MusicRequest) -> JobHandle:
        """Starts a job; where the very same one is there already, running or done, that one it is.

        Raises:
            InvalidRequest: the request asks for what is not available yet, its job id belongs to another request, or
                its reference audio, a file of this machine, is no audio file.
            UnreachableError: the Temporal server doesn't answer.
            StorageUnavailable: the object store doesn't answer.
        """
        refuse_unavailable(request)
        audio = None
        if request.reference_audio is not None:
            audio = await asyncio.to_thread(check_audio, request.reference_audio)
            request = request.with_audio(audio.sha256)
        job_id = request.job_id or uuid.uuid4().hex
        if request.job_id and (there := await self._same_job(job_id, request)):
            return there
        job = MusicJob(
            job_id=job_id,
            request=request.base(),
            request_sha256=request.sha256(),
            provider=request.provider or self._settings.provider,
            seed=default_seed(job_id) if request.seed is None else request.seed,
            material=await self._stage(job_id, request) if request.segments or request.scenes else None,
            reference_audio=await self._stage_audio(job_id, audio) if audio else None,
            retry_initial_seconds=self._settings.retry_initial_seconds,
        )
        async with reaching_search_attributes(self._client):
            try:
                await self._client.start_workflow(
                    WORKFLOW_TYPE,
                    job,
                    id=job_id,
                    task_queue=TASK_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    run_timeout=_RUN_TIMEOUT,
                    task_timeout=_WORKFLOW_TASK_TIMEOUT,
                    memo={_REQUEST_SHA256: job.request_sha256},
                    search_attributes=TypedSearchAttributes(
                        [
                            SearchAttributePair(CUSTOMER, request.customer_id),
                            SearchAttributePair(PROVIDER, job.provider),
                            SearchAttributePair(STEP, "queued"),
                        ]
                    ),
                    static_summary=_summary(request),
                    priority=Priority(fairness_key=request.customer_id),
                )
            except WorkflowAlreadyStartedError:  # by another start, since we looked
                there = await self._same_job(job_id, request)
                assert there
                return there
        return JobHandle(self._client, self._store, job_id)

    def job(self, job_id: str) -> JobHandle:
        """A handle on a job that was started before."""
        return JobHandle(self._client, self._store, job_id)

    async def list(
        self,
        *,
        customer_id: str | None = None,
        status: Ending | None = None,
        step: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[JobSummary]:
        """Jobs, newest first, each in its current run.

        Raises:
            UnreachableError: the Temporal server doesn't answer.
        """
        query = list_query(customer_id=customer_id, status=status, step=step)
        async for job in self._newest_first(query, limit):
            yield job

    async def failed(
        self,
        *,
        customer_id: str | None = None,
        step: str | None = None,
        failure_type: str | None = None,
        limit: int | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> AsyncIterator[JobSummary]:
        """The dead letters, newest first: jobs whose current run failed, timed out or was terminated.

        Those whose history Temporal keeps no longer come last, if a worker is there to ask the database for them.

        Args:
            customer_id: only this customer's.
            step: only those that failed in this step.
            failure_type: only those that failed so.
            limit: at most so many.
            tell: told in a sentence if those whose history is gone could not be asked for.
        """
        given = 0
        async for job in self._dead_letters(customer_id, tell):
            if step not in (None, job.failed_step) or failure_type not in (None, job.failure_type):
                continue
            if given == limit:
                return
            given += 1
            yield job

    async def _dead_letters(
        self, customer_id: str | None, tell: Callable[[str], None] | None
    ) -> AsyncIterator[JobSummary]:
        query = list_query(customer_id=customer_id, status="failed", step=None)
        async for job in self._newest_first(query, None):
            yield job
        try:
            async for job in forgotten_jobs(self._client):
                if customer_id in (None, job.customer_id):
                    yield job
        except UnreachableError as error:
            if tell:
                tell(f"Failed jobs whose history is gone are not listed here. {error}")

    async def plan_retry(
        self, job_id: str, *, adopt: str | None = None, pay_again: bool = False
    ) -> RetryPlan:
        """What a retry of a job would do: which steps would run again, or why it can't be retried. See `retry`.

        Raises:
            NoSuchJobError: there is no such job.
        """
        return plan_retry(await self._find(job_id), adopt=adopt, pay_again=pay_again)

    async def retry(self, job_id: str, *, adopt: str | None = None, pay_again: bool = False) -> JobHandle:
        """Runs the step again in which a job failed or was cancelled; the job goes on from there.

        Ordered twice, it is done once. Returns as soon as a worker has done it.

        Args:
            job_id: which job.
            adopt: after SubmissionUnknown: the provider's task that is the job's.
            pay_again: after SubmissionUnknown or GenerationRejected: another payment is ordered.

        Raises:
            JobEndedError: the job can't be retried; the message says why.
            NoSuchJobError: there is no such job.
        """
        plan = await self.plan_retry(job_id, adopt=adopt, pay_again=pay_again)
        if plan.refusal:
            raise JobEndedError(f"The job {job_id} can't be retried: {plan.refusal}.")
        await self.order_retry(plan)
        return self.job(job_id)

    async def order_retry(self, plan: RetryPlan, *, wait: bool = True) -> None:
        """Orders the retry that was planned; by default returns when a worker has done it.

        Raises:
            JobEndedError: it could not be done; the message says why.
        """
        await request_retry(self._client, plan)
        if wait:
            await self.retried(plan)

    async def retried(self, plan: RetryPlan) -> None:
        """Returns when a worker has done a retry that was ordered.

        Raises:
            JobEndedError: it could not be done; the message says why.
        """
        await outcome_of(ordered_retry(self._client, plan))

    async def discard(self, job_id: str) -> None:
        """Takes a failed job off the list for good, with what it kept.

        Raises:
            JobEndedError: it is running or completed.
            NoSuchJobError: there is no such job.
        """
        await self._find(job_id)
        await discard(self._client, job_id)

    async def worker_is_there(self) -> bool:
        """Whether a worker has asked for jobs lately."""
        return not await self.missing_workers([TASK_QUEUE])

    async def missing_workers(self, queues: Iterable[str]) -> Sequence[str]:
        """Those of the task queues that no worker has asked for work lately."""
        return await missing_workers(self._client, queues)

    async def _find(self, job_id: str) -> JobSummary:
        """A job by its id, also one that only the database remembers."""
        try:
            with reaching_temporal(job_id):
                found = await self._client.get_workflow_handle(job_id).describe()
        except NoSuchJobError:
            return await self._find_forgotten(job_id)
        if found.workflow_type == WORKFLOW_TYPE:  # else it is somebody else's: namespaces are shared
            return summary_of(found)
        raise NoSuchJobError(f"There is no job {job_id}.")

    async def _find_forgotten(self, job_id: str) -> JobSummary:
        try:
            found = await forgotten_job(self._client, job_id)
        except UnreachableError as error:
            raise NoSuchJobError(
                f"Temporal knows no job {job_id}, and its database can't be asked. {error}"
            ) from error
        if found is None:
            raise NoSuchJobError(f"There is no job {job_id}.")
        return found

    async def _newest_first(self, query: str, limit: int | None) -> AsyncIterator[JobSummary]:
        given = 0
        seen: set[str] = set()
        until = datetime.now(UTC) + timedelta(minutes=5)  # clocks differ
        stretch, oldest = _FIRST_STRETCH, until - _OLDEST
        while until > oldest:
            since = until - stretch
            found = await self._started_between(query, since, until)
            for first in range(0, len(found), _AT_ONCE):
                for execution in await self._current(found[first : first + _AT_ONCE], seen):
                    if given == limit:
                        return
                    given += 1
                    yield summary_of(execution)
            until, stretch = since, stretch * _STRETCH_FACTOR

    async def _started_between(
        self, query: str, since: datetime, until: datetime
    ) -> Sequence[WorkflowExecution]:
        between = f"StartTime > '{since.isoformat()}' AND StartTime <= '{until.isoformat()}'"
        async with reaching_search_attributes(self._client):
            found = [each async for each in self._client.list_workflows(f"{query} AND {between}")]
        return sorted(found, key=lambda execution: execution.start_time, reverse=True)

    async def _current(
        self, executions: Sequence[WorkflowExecution], seen: set[str]
    ) -> Sequence[WorkflowExecution]:
        """Those of the runs that are their jobs' current ones. Jobs that were looked at before are left out.

        A running one is; a closed one may have been superseded by a reset, which the server is asked for.
        """
        newest = {each.id: each for each in reversed(executions) if each.id not in seen}
        seen.update(newest)
        runs = await asyncio.gather(*(self._current_run(each) for each in newest.values()))
        current = dict(zip(newest, runs, strict=True))
        return [each for each in executions if current.get(each.id) == each.run_id]

    async def _current_run(self, execution: WorkflowExecution) -> str | None:
        if execution.close_time is None:
            return execution.run_id
        try:
            with reaching_temporal(execution.id):
                return (await self._client.get_workflow_handle(execution.id).describe()).run_id
        except NoSuchJobError:  # deleted since it was listed
            return None

    async def _same_job(self, job_id: str, request: MusicRequest) -> JobHandle | None:
        handle = self._client.get_workflow_handle(job_id)
        try:
            with reaching_temporal(job_id):
                description = await handle.describe()
                memo = await description.memo()
        except NoSuchJobError:
            return None
        if memo.get(_REQUEST_SHA256) != request.sha256():
            raise InvalidRequest(
                f"The job id {job_id} belongs to an earlier, different request: choose another id."
            )
        return JobHandle(self._client, self._store, job_id, already_there=True)

    async def _stage(self, job_id: str, request: MusicRequest) -> StoredObject:
        """Puts the whole request into the job's staging, so that no transcript travels through Temporal."""
        content = request.model_dump_json(exclude={"job_id"}).encode()
        key = f"{staging_prefix(job_id)}request-{request.sha256()}.json"
        return await self._store.put(key, content, content_type="application/json")

    async def _stage_audio(self, job_id: str, audio: AudioFile) -> StoredObject:
        key = f"{staging_prefix(job_id)}{audio.sha256}/reference"
        stored = await self._store.put(key, audio.path, content_type="application/octet-stream")
        if stored.sha256 != audio.sha256:
            raise InvalidRequest(f"{audio.path} was changed while it was read: start the job again.")
        return stored


def _summary(request: MusicRequest) -> str:
    """What the job is, in plain words, for the Web UI."""
    follows = " following the scenes" if request.segments or request.scenes else ""
    mood = f"{request.mood} " if request.mood else ""
    return f"{request.duration:g} s of {mood}music for {request.customer_id}{follows}"
