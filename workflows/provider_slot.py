"""A slot of a provider's account, as a job gets one and gives it back."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.provider_slots import ProviderSlots, SlotRequest
from dalsegno.models import SIGNAL_LOOK_AGAIN, MusicJob, gate_id
from workflows.steps import Steps

# A gate that was terminated has forgotten who waits.
ASK_AGAIN = timedelta(minutes=10)


class ProviderSlot:
    """The slot of one job at its provider."""

    def __init__(self) -> None:
        self._granted: set[str] = set()

    def grant(self, token: str) -> None:
        """The gate says that the request with this token is granted."""
        self._granted.add(token)

    async def wait(self, job: MusicJob, steps: Steps) -> None:
        """Waits until the job has a slot."""
        # After a reset it is another one: what was granted before is not granted any more.
        token = str(workflow.uuid4())
        steps.say(f"Waiting for {job.provider}")
        while token not in self._granted:
            request = SlotRequest(
                job_id=job.job_id, customer_id=job.request.customer_id, provider=job.provider, token=token
            )
            await steps.execute(ProviderSlots.request_slot, request, summary="Ask for a slot")
            try:
                await workflow.wait_condition(
                    lambda: token in self._granted, timeout=ASK_AGAIN, timeout_summary="Ask again"
                )
            except TimeoutError:
                continue

    async def look_again(self, job: MusicJob) -> None:
        """Tells the gate that the job's task may have ended."""
        gate = workflow.get_external_workflow_handle(gate_id(job.provider))
        try:
            await gate.signal(SIGNAL_LOOK_AGAIN, job.job_id)
        except ApplicationError:  # there is no gate any more: nobody holds a slot
            workflow.logger.info("The gate has ended", extra={"job_id": job.job_id})
