"""A slot of a provider's account, as a job gets one and gives it back."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.provider_slots import ProviderSlots, SlotRequest
from dalsegno.models import SIGNAL_LOOK_AGAIN, MusicJob, gate_id
from workflows.steps import Steps

# A gate that was terminated has forgotten who waits.
ASK_AGAIN = timedelta(minutes=10)
SETTLE = timedelta(milliseconds=1)


class ProviderSlot:
    """The slot of one job at its provider."""

    def __init__(self) -> None:
        self._granted: set[str] = set()

    def grant(self, token: str) -> None:
        """The gate says that the request with this token is granted."""
        self._granted.add(token)

    async def wait(self, job: MusicJob, steps: Steps) -> None:
        """Waits until the job has a slot."""
        steps.say(f"Waiting for {job.provider}")
        while not await self._ask(job, steps):
            continue

    async def _ask(self, job: MusicJob, steps: Steps) -> bool:
        """Asks for a slot and waits for it; False if it has to be asked for again."""
        resets, token = steps.resets, str(workflow.uuid4())
        request = SlotRequest(
            job_id=job.job_id, customer_id=job.request.customer_id, provider=job.provider, token=token
        )
        await steps.execute(ProviderSlots.request_slot, request, summary="Ask for a slot")
        try:
            await workflow.wait_condition(
                lambda: token in self._granted or steps.resets != resets,
                timeout=ASK_AGAIN,
                timeout_summary="Ask again",
            )
        except TimeoutError:
            return False
        # A job that was reset may have lost its slot since, and its place in the queue. A workflow task tells of a
        # reset after its signals: so it is looked for in the next one too.
        if steps.resets == resets:
            await workflow.sleep(SETTLE, summary="Look for a reset")
        return steps.resets == resets

    async def look_again(self, job: MusicJob) -> None:
        """Tells the gate that the job's task may have ended."""
        gate = workflow.get_external_workflow_handle(gate_id(job.provider))
        try:
            await gate.signal(SIGNAL_LOOK_AGAIN, job.job_id)
        except ApplicationError:  # there is no gate any more: nobody holds a slot
            workflow.logger.info("The gate has ended", extra={"job_id": job.job_id})
