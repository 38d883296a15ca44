"""The job's deadline, as a timer of the workflow: counted from the start, or from the last reset."""

import asyncio
from datetime import timedelta

from temporalio import workflow


class Deadline:
    """Ends after `budget`, unless the workflow was reset meanwhile: then the whole budget counts anew.

    A reset keeps the timers that were running at the reset point, and a job that is reset a week after it failed
    must not be out of time at once. A reset is told by the workflow's random seed, which it changes.
    """

    def __init__(self, budget: timedelta) -> None:
        self._budget = budget
        self._passing = asyncio.ensure_future(self._pass())

    async def _pass(self) -> None:
        while True:
            seed = workflow.random_seed()
            await workflow.sleep(self._budget, summary="The job's deadline")
            if workflow.random_seed() == seed:
                return

    @property
    def passing(self) -> "asyncio.Future[None]":
        """Done when the deadline has passed."""
        return self._passing

    def renew(self) -> None:
        """Counts anew, for a job that was reset after its deadline had passed."""
        if self._passing.done():
            self._passing = asyncio.ensure_future(self._pass())
