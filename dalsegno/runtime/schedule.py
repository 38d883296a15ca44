"""The Schedule of the housekeeping, one a namespace."""

from contextlib import suppress
from datetime import timedelta

import structlog
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
from temporalio.service import RPCError

from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE

log = structlog.get_logger(__name__)

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
    try:
        with suppress(ScheduleAlreadyRunningError):
            await client.create_schedule(SCHEDULE_ID, schedule)
    except RPCError as error:  # jobs can be done all the same
        log.warning("housekeeping_not_scheduled", status=error.status.name)
