"""Slots of a provider's account: asked of its gate, and given back when the provider's task has ended."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import WorkflowExecutionStatus

from activities.heartbeat import heartbeat
from activities.payments import is_in_doubt
from activities.task_providers import TaskProviders
from activities.temporal_service import describe, temporal_service
from dalsegno.errors import DalSegnoError
from dalsegno.models import GATE_WORKFLOW_TYPE, SIGNAL_REQUEST_SLOT, TASK_QUEUE, Model, gate_id
from dalsegno.ports import Ledger

# Of which nothing is known: after so many polls it has ended, or was never accepted.
_POLLS_IN_DOUBT = 120
# A task that is known is waited for that long by its job, and then a little.
_LONGEST_KNOWN = timedelta(minutes=35)
_QUESTION_SECONDS = 15


class SlotRequest(Model):
    """A job asks for a slot. `token` is what it will be told when it has one."""

    job_id: str
    customer_id: str
    provider: str
    token: str


class GateRequest(Model):
    """What the gate is told: the request, and how many slots there are and how often one looks, as of now."""

    slot: SlotRequest
    limit: int
    check_seconds: float


class GateInput(Model):
    """What the gate begins with, and goes on with when its history has become long."""

    provider: str
    limit: int
    check_seconds: float
    holding: tuple[SlotRequest, ...] = ()
    waiting: tuple[SlotRequest, ...] = ()


class ProviderSlots:
    """The activities about slots."""

    def __init__(self, ledger: Ledger, providers: TaskProviders) -> None:
        self._ledger = ledger
        self._providers = providers

    @activity.defn
    async def request_slot(self, request: SlotRequest) -> None:
        """Asks the gate of the provider's account for a slot, and starts the gate if need be. Again counts once."""
        provider = self._providers[request.provider]
        asked = GateRequest(slot=request, limit=provider.concurrency, check_seconds=3 * provider.poll_seconds)
        with temporal_service():
            await activity.client().start_workflow(
                GATE_WORKFLOW_TYPE,
                GateInput(provider=request.provider, limit=asked.limit, check_seconds=asked.check_seconds),
                id=gate_id(request.provider),
                task_queue=TASK_QUEUE,
                start_signal=SIGNAL_REQUEST_SLOT,
                start_signal_args=[asked],
                static_summary=f"Who may have a task in flight at {request.provider}",
            )

    @activity.defn
    async def free_slots(self, holding: list[SlotRequest]) -> list[SlotRequest]:
        """Those of the slots whose tasks have ended, or whose jobs have before there was one."""
        async with heartbeat():
            free = await asyncio.gather(*(self._is_free(slot) for slot in holding))
            return [slot for slot, is_free in zip(holding, free, strict=True) if is_free]

    async def _is_free(self, slot: SlotRequest) -> bool:
        entry, now = await self._ledger.latest(slot.job_id), datetime.now(UTC)
        if entry and entry.state in ("succeeded", "rejected"):
            return True
        if entry and is_in_doubt(entry, now):
            polls = _POLLS_IN_DOUBT * self._providers[slot.provider].poll_seconds
            return now - entry.updated_at > timedelta(seconds=polls)
        if entry and entry.state == "sending":
            return False
        job = await describe(slot.job_id)
        running = job is not None and job.status == WorkflowExecutionStatus.RUNNING
        if entry and entry.task_id and entry.state == "accepted":
            # Of a job that runs its own waiting says when the task has ended; nobody else waits for an orphan.
            ended = not running and await self._has_ended(slot.provider, entry.task_id)
            return ended or now - entry.updated_at > _LONGEST_KNOWN
        return not running  # nothing is in flight, but may be soon

    async def _has_ended(self, provider: str, task_id: str) -> bool:
        try:
            async with asyncio.timeout(_QUESTION_SECONDS):
                task = await self._providers[provider].task(task_id)
        except (DalSegnoError, TimeoutError):  # the provider doesn't say: the next look, or age, will tell
            return False
        return task.state in ("succeeded", "failed")
