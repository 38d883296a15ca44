"""Waiting until all jobs have ended, however."""

import asyncio
import time

from temporalio.client import WorkflowExecutionStatus

from chaos.progress import say
from chaos.testbed import Testbed

_TOLD_EVERY_SECONDS = 15.0


async def not_ended(bed: Testbed) -> list[str]:
    """The jobs that are Running."""
    descriptions = [await bed.temporal.get_workflow_handle(job_id).describe() for job_id in bed.jobs]
    return [each.id for each in descriptions if each.status == WorkflowExecutionStatus.RUNNING]


async def drain(bed: Testbed, seconds: float = 600) -> None:
    """Waits until no job runs any more, or so long; the audit tells of those that do."""
    deadline, told = time.monotonic() + seconds, 0.0
    while (running := await not_ended(bed)) and time.monotonic() < deadline:
        if time.monotonic() - told > _TOLD_EVERY_SECONDS:
            say(f"{len(running)} of {len(bed.jobs)} jobs have not ended yet")
            told = time.monotonic()
        await asyncio.sleep(0.5)
