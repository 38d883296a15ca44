"""The heartbeat of a long step: tells that the worker lives, how far it is, and hears of shutdown."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from dalsegno.models import StepProgress

T = TypeVar("T")

INTERVAL_SECONDS = 1.0
# The next worker may take over at once; not sooner, so that it isn't handed back to the one that ends.
HANDOVER_DELAY = timedelta(milliseconds=200)
HANDOVER_TYPE = "HandedOver"


class Heartbeat:
    """What a step has to tell. `report` may be called from any thread, as often as one likes.

    Attributes:
        remembered: what earlier attempts have left for later ones.
    """

    def __init__(self, earlier: StepProgress | None, remembered: list[str]) -> None:
        self.remembered = remembered
        # An attempt that starts over doesn't take back what an earlier one has shown.
        self._shown = earlier.fraction if earlier else 0.0
        self._latest = StepProgress(fraction=self._shown, message=earlier.message if earlier else "")

    def report(self, fraction: float, message: str) -> None:
        """Notes how much of the step is done (0..1), and in words what is being done."""
        self._shown = max(self._shown, min(fraction, 1.0))
        self._latest = StepProgress(fraction=round(self._shown, 4), message=message)

    def remember(self, word: str) -> None:
        """Leaves a word for later attempts, which get it even if this one fails right now."""
        self.remembered = [*self.remembered, word]
        self.beat()

    def beat(self) -> None:
        """Sends what was reported last."""
        activity.heartbeat(self._latest, *self.remembered)


def _earlier_progress() -> StepProgress | None:
    details = activity.info().heartbeat_details
    if not details:
        return None
    return StepProgress.model_validate(details[0])


@asynccontextmanager
async def heartbeat() -> AsyncIterator[Heartbeat]:
    """Beats every second as long as the block runs."""
    beating = Heartbeat(_earlier_progress(), list(activity.info().heartbeat_details[1:]))

    async def beat_on() -> None:
        while True:
            beating.beat()
            await asyncio.sleep(INTERVAL_SECONDS)

    task = asyncio.create_task(beat_on())
    try:
        yield beating
    finally:
        task.cancel()


def handed_over() -> ApplicationError:
    """What a step ends with that goes on elsewhere: of type `HANDOVER_TYPE`, retried by every policy."""
    return ApplicationError(
        "The worker is ending and hands this step over to another.",
        type=HANDOVER_TYPE,
        next_retry_delay=HANDOVER_DELAY,
    )


async def unless_shutdown(work: Coroutine[Any, Any, T]) -> T:
    """Does the work, or hands it over when the worker is asked to end: it is cancelled and tried elsewhere.

    Raises:
        ApplicationError: of type `HANDOVER_TYPE`, retried by every policy after `HANDOVER_DELAY`.
    """
    working = asyncio.ensure_future(work)
    ending = asyncio.ensure_future(activity.wait_for_worker_shutdown())
    try:
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise handed_over()
    finally:
        ending.cancel()
        if not working.done():
            working.cancel()
            # Cancelled work cleans up (child processes, files) before the step ends.
            await asyncio.wait({working})
