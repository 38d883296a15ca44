"""The Schedule of the housekeeping, one a namespace."""

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
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE

log = structlog.get_logger(__name__)

SCHEDULE_ID = "music-housekeeping"
INTERVAL = timedelta(minutes=5)
# Behind the time-outs of its activities: a round that no worker can carry out must not keep the next ones waiting.
_RUN_TIMEOUT = timedelta(hours=8)


async def schedule_housekeeping(client: Client) -> None:
    """Sees that the housekeeping is scheduled as this version wants it. One that is paused stays paused."""
    wanted = _schedule()
    try:
        try:
            await client.create_schedule(SCHEDULE_ID, wanted)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(SCHEDULE_ID).update(lambda found: _update(found, wanted))
    except RPCError as error:  # jobs can be done all the same
        log.warning("housekeeping_not_scheduled", status=error.status.name)


def _schedule() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            HOUSEKEEPING_WORKFLOW_TYPE,
            id=SCHEDULE_ID,
            task_queue=TASK_QUEUE,
            run_timeout=_RUN_TIMEOUT,
            static_summary="Brings rows, runs and staging in line with what Temporal knows",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=INTERVAL)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )


def _update(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    there = found.description.schedule
    if _what_it_does(there) == _what_it_does(wanted):
        return None
    wanted.state = there.state
    return ScheduleUpdate(wanted)


def _what_it_does(schedule: Schedule) -> tuple[object, ...]:
    action = schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)  # there are no others
    # An interval without an offset comes back with one of nothing.
    intervals = [(each.every, each.offset or timedelta(0)) for each in schedule.spec.intervals]
    return (
        (action.workflow, action.id, action.task_queue, action.run_timeout),
        (intervals, schedule.spec.calendars, schedule.spec.cron_expressions, schedule.policy.overlap),
    )
