"""The Schedule of the housekeeping, one a namespace."""

from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE

SCHEDULE_ID = "music-housekeeping"
INTERVAL = timedelta(minutes=5)


async def schedule_housekeeping(client: Client) -> None:
    """Sees that the housekeeping is scheduled. It is made once; however it is changed later, it stays so."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            HOUSEKEEPING_WORKFLOW_TYPE,
            id=SCHEDULE_ID,
            task_queue=TASK_QUEUE,
            static_summary="Brings rows and staging in line with what Temporal knows",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=INTERVAL)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(SCHEDULE_ID, schedule)
