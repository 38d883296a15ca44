"""The gate of a provider's account: how many tasks are in flight there, fair between customers.

Jobs ask for a slot and are told when they have one. A slot belongs to the provider's task: whatever becomes of the job,
it is given back only when the task has ended there, or is so old that it must have.
"""

from collections import Counter
from datetime import timedelta
from itertools import islice

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.provider_slots import GateInput, GateRequest, ProviderSlots, SlotRequest
from dalsegno.models import (
    GATE_WORKFLOW_TYPE,
    QUERY_AHEAD,
    SIGNAL_LOOK_AGAIN,
    SIGNAL_REQUEST_SLOT,
    SIGNAL_SLOT_GRANTED,
)
from workflows.policies import POLICIES

# An idle gate ends, and the next request starts it anew: not for each job of a slow stream, though.
LINGER = timedelta(seconds=30)
# An input over 2 MB would hold the gate up for ever. Who isn't handed on asks again in a while.
MOST_HANDED_ON = 2_000


@workflow.defn(name=GATE_WORKFLOW_TYPE)
class ProviderGate:
    """Grants the slots of one account, one after the other."""

    @workflow.init
    def __init__(self, given: GateInput) -> None:
        self._provider = given.provider
        self._limit = given.limit
        self._check_every = timedelta(seconds=given.check_seconds)
        self._holding = {slot.job_id: slot for slot in given.holding}
        self._waiting = {slot.job_id: slot for slot in given.waiting}
        self._untold: set[str] = set()  # of those that hold a slot
        self._woken = self._to_look = False

    @workflow.run
    async def run(self, given: GateInput) -> None:  # noqa: ARG002  (the constructor has taken it)
        """Grants until nobody holds a slot or waits for one."""
        while True:
            await self._grant()
            if workflow.info().is_continue_as_new_suggested() and not self._woken:
                workflow.continue_as_new(self._handed_on())
            try:
                await workflow.wait_condition(lambda: self._woken, timeout=self._pause())
            except TimeoutError:
                if not self._holding and not self._waiting:
                    return
                self._to_look = True
            self._woken = False
            if self._to_look:
                self._to_look = False
                await self._free()

    @workflow.signal(name=SIGNAL_REQUEST_SLOT)
    def request_slot(self, asked: GateRequest) -> None:
        """A job asks for a slot. Who has one, or waits already, keeps its place."""
        slot = asked.slot
        self._limit, self._check_every = asked.limit, timedelta(seconds=asked.check_seconds)
        if slot.job_id in self._holding:  # it was not told, or has forgotten
            self._holding[slot.job_id] = slot
            self._untold.add(slot.job_id)
        else:
            self._waiting[slot.job_id] = slot
        self._woken = True

    @workflow.signal(name=SIGNAL_LOOK_AGAIN)
    def look_again(self, job_id: str) -> None:
        """A task may have ended just now."""
        if job_id in self._holding:
            self._woken = self._to_look = True

    @workflow.query(name=QUERY_AHEAD)
    def ahead(self, job_id: str) -> int | None:
        """How many get a slot before this job as things stand; None if it doesn't wait."""
        if job_id not in self._waiting:
            return None
        held, waiting, before = self._held(), dict(self._waiting), 0
        while (slot := _next(waiting, held)).job_id != job_id:
            del waiting[slot.job_id]
            held[slot.customer_id] += 1
            before += 1
        return before

    def _held(self) -> Counter[str]:
        return Counter(slot.customer_id for slot in self._holding.values())

    def _pause(self) -> timedelta:
        return self._check_every if self._holding else LINGER

    async def _grant(self) -> None:
        while self._waiting and len(self._holding) < self._limit:
            slot = _next(self._waiting, self._held())
            self._holding[slot.job_id] = self._waiting.pop(slot.job_id)
            self._untold.add(slot.job_id)
            await self._tell()
        await self._tell()

    async def _tell(self) -> None:
        while self._untold:
            slot = self._holding[min(self._untold)]
            self._untold.remove(slot.job_id)
            try:
                await workflow.get_external_workflow_handle(slot.job_id).signal(
                    SIGNAL_SLOT_GRANTED, slot.token
                )
            except ApplicationError:  # the job has ended meanwhile
                if self._holding.get(slot.job_id) == slot:
                    del self._holding[slot.job_id]
                    self._untold.discard(slot.job_id)

    async def _free(self) -> None:
        """Takes back the slots whose tasks have ended."""
        if not self._holding:
            return
        try:
            free = await workflow.execute_activity_method(
                ProviderSlots.free_slots,
                list(self._holding.values()),
                summary="See which tasks have ended",
                **POLICIES["free_slots"].options(),
            )
        except ActivityError:  # the next look will tell
            workflow.logger.warning(
                "Nobody can tell which tasks have ended", extra={"provider": self._provider}
            )
            return
        for slot in free:
            if self._holding.get(slot.job_id) == slot:  # else it was asked for anew meanwhile
                del self._holding[slot.job_id]
                self._untold.discard(slot.job_id)

    def _handed_on(self) -> GateInput:
        return GateInput(
            provider=self._provider,
            limit=self._limit,
            check_seconds=self._check_every.total_seconds(),
            holding=tuple(self._holding.values()),
            waiting=tuple(islice(self._waiting.values(), MOST_HANDED_ON)),
        )


def _next(waiting: dict[str, SlotRequest], held: Counter[str]) -> SlotRequest:
    """Whose turn it is: the customer's who holds fewest; of these, who has waited longest."""
    return min(waiting.values(), key=lambda slot: held[slot.customer_id])
