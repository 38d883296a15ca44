"""Taking up again, discarding and remembering jobs that have ended without music.

Each is a workflow of its own, so that it happens once, however often and from however many places it is asked for,
and to its end, whatever dies meanwhile. The id of a retry names the run that is retried: Temporal has no reset that
looks before it leaps, but it never runs two workflows under one id.
"""

from temporalio import workflow

from activities.dead_letters import DeadLetters, DiscardJob, FindForgotten, RetryJob, TakeUpAgain
from activities.payment_decisions import AdoptTask, OrderPayment, PaymentDecisions
from activities.staging import Staging
from dalsegno.models import (
    DISCARD_WORKFLOW_TYPE,
    FORGOTTEN_WORKFLOW_TYPE,
    RETRY_WORKFLOW_TYPE,
    ForgottenPage,
    ForgottenQuestion,
)
from workflows.policies import POLICIES


@workflow.defn(name=RETRY_WORKFLOW_TYPE)
class RetryMusic:
    """Takes a job up again at the step in which it ended."""

    @workflow.run
    async def run(self, retrying: RetryJob) -> str:
        """Returns the id of the run that goes on."""
        await self._decide(retrying)
        return await workflow.execute_activity_method(
            DeadLetters.take_up_again,
            TakeUpAgain(job_id=retrying.job_id, run_id=retrying.run_id),
            summary="Reset the job",
            **POLICIES["take_up_again"].options(),
        )

    async def _decide(self, retrying: RetryJob) -> None:
        job_id = retrying.job_id
        if retrying.adopt is not None:
            await workflow.execute_activity_method(
                PaymentDecisions.adopt_task,
                AdoptTask(job_id=job_id, task_id=retrying.adopt),
                summary="Adopt the task",
                **POLICIES["adopt_task"].options(),
            )
        if retrying.pay_again:
            # Which payment that is stands in the history: done again, late, or twice, it orders one.
            ordinal = await workflow.execute_activity_method(
                PaymentDecisions.payment_in_doubt,
                job_id,
                summary="Look for the payment in doubt",
                **POLICIES["payment_in_doubt"].options(),
            )
            await workflow.execute_activity_method(
                PaymentDecisions.order_payment,
                OrderPayment(job_id=job_id, after=ordinal),
                summary="Order another payment",
                **POLICIES["order_payment"].options(),
            )


@workflow.defn(name=DISCARD_WORKFLOW_TYPE)
class DiscardMusic:
    """Takes a failed job off the list for good, with what it kept."""

    @workflow.run
    async def run(self, job_id: str) -> None:
        """Closes the row, deletes the history, clears the staging: in this order, so that it can be done again.

        Without its history nobody can take the job up again while its staging goes.
        """
        own = await workflow.execute_activity_method(
            DeadLetters.mark_discarded,
            DiscardJob(job_id=job_id, at=workflow.now()),
            summary="Close the row",
            **POLICIES["mark_discarded"].options(),
        )
        forgotten = await workflow.execute_activity_method(
            DeadLetters.forget_job,
            job_id,
            summary="Delete the history",
            **POLICIES["forget_job"].options(),
        )
        if own and forgotten:
            await workflow.execute_activity_method(
                Staging.clear_staging,
                job_id,
                summary="Clear the staging",
                **POLICIES["clear_staging"].options(),
            )


@workflow.defn(name=FORGOTTEN_WORKFLOW_TYPE)
class ForgottenMusic:
    """Tells of the failed jobs that only the database remembers: clients have no way to it but by a worker."""

    @workflow.run
    async def run(self, question: ForgottenQuestion) -> ForgottenPage:
        """Returns the one that is asked for, or a page of all, the oldest first."""
        return await workflow.execute_activity_method(
            DeadLetters.forgotten_jobs,
            FindForgotten(**dict(question), at=workflow.now()),
            summary="Find failed jobs without a history",
            **POLICIES["forgotten_jobs"].options(),
        )
