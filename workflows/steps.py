"""How any step is run: its status, its row, its deadline, its failure, and what happens after a reset.

When a step fails, the workflow fails, and an operator resets it. Whichever way that is done, the failed step alone
runs again:

* A reset to the event that the failure message names goes back to just before the step.
* A plain reset to the last workflow task replays the failure, and arrives in the task in which the failure has been
  recorded and is about to be raised. A step that finds that a reset has arrived since the last activity was
  scheduled, so that its failure is an old one, begins again. It looks for that after each await of the failure path,
  and nothing is awaited between the last look and the raise.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities.dead_letters import DeadLetters
from activities.job_records import JobRecording, OpenedJob, OpenJob, RowChange, SaveJob
from dalsegno.errors import JobTimedOut
from dalsegno.models import Failure, MusicJob, Step
from workflows.deadline import Deadline
from workflows.endings import failure_of, was_cancelled
from workflows.job_state import JobState
from workflows.policies import JOB_DEADLINE, POLICIES
from workflows.resets import Resets
from workflows.search_attributes import CUSTOMER, FAILED_STEP, FAILURE_TYPE, PROVIDER, STEP
from workflows.unstoppable import to_its_end

P = TypeVar("P")
T = TypeVar("T")


class Steps:
    """Runs the steps of one job, one after the other."""

    def __init__(self, job: MusicJob, state: JobState) -> None:
        self._job = job
        self._state = state
        self._deadline = Deadline(JOB_DEADLINE)
        self._resets = Resets()
        self._resets_when_scheduled = 0
        self._resets_forgotten = 0

    @property
    def resets(self) -> int:
        """How often the workflow was reset."""
        return self._resets.count

    def fail(self, error: Exception) -> NoReturn:
        """Fails the job for a bug between its steps.

        Nothing is recorded before: so the task that has the bug is the last one, and after the bug was mended a reset
        to it goes on from there. The row is brought in line by the housekeeping.

        Raises:
            ApplicationError: of type InternalError.
        """
        failure = failure_of(error, self._state.document.step, workflow.info().get_current_history_length())
        self._end(failure)
        raise ApplicationError(failure.message, type=failure.type, non_retryable=True) from error

    async def execute(self, activity: Callable[[Any, P], Awaitable[T]], argument: P, *, summary: str) -> T:
        """Executes an activity by its policy.

        Args:
            activity: the method of its class.
            argument: its one argument.
            summary: what it does, for the Web UI.
        """
        self._resets_when_scheduled = self._resets.count
        result: T = await workflow.execute_activity_method(
            activity,
            argument,
            summary=summary,
            **POLICIES[activity.__name__].options(self._job.retry_initial_seconds),
        )
        return result

    async def run(self, step: Step, work: Callable[[], Awaitable[T]]) -> T:
        """Runs a step to its end and returns what it gives.

        Raises:
            ApplicationError: the step has failed for good; its type is one of the contract's failure types.
            asyncio.CancelledError: the job was cancelled.
        """
        while True:
            event_id = workflow.info().get_current_history_length()
            self._deadline.renew()
            self._state.begin(step, workflow.now())
            self.show()
            try:
                await self._forget_superseded_runs()
                if step != "queued":  # which is what opens the row
                    await self.save(
                        RowChange(status="running", step=step, error_message=None, failure_type=None)
                    )
                # Closing a job whose music is there has no deadline: it is complete, however long that takes.
                result = await (work() if step == "completed" else self._before_deadline(work()))
            except (Exception, asyncio.CancelledError) as error:
                failure = None if was_cancelled(error) else failure_of(error, step, event_id)
                if self._is_old_failure():
                    continue
                await self._save_ending(step, failure)
                if self._is_old_failure():
                    continue
                self._end(failure)
                if failure is None:
                    raise asyncio.CancelledError from error
                raise ApplicationError(failure.message, type=failure.type, non_retryable=True) from error
            self._state.finish(step, workflow.now())
            return result

    async def open(self, change: RowChange) -> OpenedJob:
        """Opens the job's row."""
        opening = OpenJob(job=self._job, run_id=workflow.info().run_id, at=workflow.now(), change=change)
        return await self.execute(
            JobRecording.open_job, opening, summary=f"Row: {change.status}, {change.step}"
        )

    async def save(self, change: RowChange) -> None:
        """Brings the job's row up to date."""
        saving = SaveJob(
            job_id=self._job.job_id,
            request_sha256=self._job.request_sha256,
            run_id=workflow.info().run_id,
            at=workflow.now(),
            change=change,
        )
        await self.execute(JobRecording.save_job, saving, summary=f"Row: {change.status}, {change.step}")

    async def _forget_superseded_runs(self) -> None:
        """After a reset, takes the runs that it has superseded off all lists of failed jobs."""
        if self._resets_forgotten == self._resets.count:
            return
        self._resets_forgotten = self._resets.count
        try:
            await self.execute(
                DeadLetters.forget_superseded_runs,
                self._job.job_id,
                summary="Forget the runs before the reset",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("Superseded runs were not deleted", extra={"job_id": self._job.job_id})

    def _is_old_failure(self) -> bool:
        return self._resets.count != self._resets_when_scheduled

    async def _before_deadline(self, work: Awaitable[T]) -> T:
        working = asyncio.ensure_future(work)
        waiting: list[asyncio.Future[Any]] = [working, self._deadline.passing]
        # No `finally` here: a workflow that leaves a worker's cache is torn down through it, outside its event loop.
        try:
            await workflow.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _give_up(working)
            raise
        if not working.done():
            await _give_up(working)
            raise JobTimedOut(f"The job did not end within {JOB_DEADLINE.total_seconds() / 3600:g} hours.")
        return working.result()

    async def _save_ending(self, step: Step, failure: Failure | None) -> None:
        if failure:
            change = RowChange(
                status="failed", step=step, error_message=failure.message, failure_type=failure.type
            )
        else:
            change = RowChange(status="cancelled", step=step)
        # A cancel that comes now must not stop the row from being written. Before the first step has succeeded there
        # may be no row yet; one that is written late, by the worker that was given up, is older than this.
        try:
            await to_its_end(self.save(change) if step != "queued" else self._open_ended(change))
        except ActivityError:
            # The job ends as it does, whatever the database says; its row is brought in line later.
            workflow.logger.warning("The row could not be written", extra={"job_id": self._job.job_id})

    async def _open_ended(self, change: RowChange) -> None:
        with suppress(ActivityError):  # refused once more, perhaps, but the row is there
            await self.open(change)
        await self.save(change)

    def say(self, message: str, fraction: float = 0.0) -> None:
        """Says in words what the step is doing and how far it is (0..1), in the status and the Web UI."""
        self._state.say(message, fraction)
        workflow.set_current_details(self._state.details())

    def show(self) -> None:
        """Tells the outside which step the job is in: list filters by it, the Web UI shows it."""
        workflow.upsert_search_attributes(
            [
                CUSTOMER.value_set(self._job.request.customer_id),
                PROVIDER.value_set(self._job.provider),
                STEP.value_set(self._state.document.step),
            ]
        )
        workflow.set_current_details(self._state.details())

    def _end(self, failure: Failure | None) -> None:
        if failure:
            self._state.fail(failure, workflow.now())
            workflow.upsert_search_attributes(
                [FAILED_STEP.value_set(failure.step), FAILURE_TYPE.value_set(failure.type)]
            )
        else:
            self._state.cancel(workflow.now())
        workflow.set_current_details(self._state.details())


async def _give_up(working: asyncio.Future[Any]) -> None:
    working.cancel()
    await workflow.wait([working])
    if not working.cancelled():
        working.exception()  # that it was cancelled, in Temporal's words: seen, so that nobody complains
