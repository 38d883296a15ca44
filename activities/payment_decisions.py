"""What a person decides about a payment that is in doubt: which task it has led to, or that another is ordered."""

from temporalio import activity

from activities.heartbeat import heartbeat
from activities.payments import Payments
from activities.task_providers import TaskProviders
from dalsegno.errors import InvalidRequest, TaskGone
from dalsegno.models import Model


class AdoptTask(Model):
    """The job, and the provider's task that is its own."""

    job_id: str
    task_id: str


class OrderPayment(Model):
    """The job, and the ordinal of the payment after which another is ordered."""

    job_id: str
    after: int


class PaymentDecisions:
    """The activities that write such decisions into the ledger. Each may be done again."""

    def __init__(self, payments: Payments, providers: TaskProviders) -> None:
        self._payments = payments
        self._providers = providers

    @activity.defn
    async def adopt_task(self, adopting: AdoptTask) -> None:
        """Makes the task the job's.

        Raises:
            InvalidRequest: the provider knows no such task, it is another job's, or no payment is in doubt.
        """
        entry = await self._payments.to_adopt(adopting.job_id, adopting.task_id)
        if entry is None:
            return
        try:
            async with heartbeat():
                await self._providers[entry.provider].task(adopting.task_id)
        except TaskGone as error:
            raise InvalidRequest(str(error)) from error
        await self._payments.adopt(entry, adopting.task_id)

    @activity.defn
    async def payment_in_doubt(self, job_id: str) -> int:
        """The ordinal of the payment that is in doubt.

        Raises:
            InvalidRequest: none is, or it is too early to say.
        """
        return await self._payments.ordinal_in_doubt(job_id)

    @activity.defn
    async def order_payment(self, ordering: OrderPayment) -> None:
        """Allows the job another payment."""
        await self._payments.order_another(ordering.job_id, ordering.after)
