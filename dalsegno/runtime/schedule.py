"""The Schedule of the housekeeping, one a namespace, which also notes the database of the namespace's workers."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio.api.workflowservice.v1 import UpdateScheduleRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE, TASK_QUEUE

SCHEDULE_ID = "music-housekeeping"
INTERVAL = timedelta(minutes=5)
# Behind the time-outs of its activities: a round that no worker can carry out must not keep the next ones waiting.
_RUN_TIMEOUT = timedelta(hours=8)
# In the memo of what the Schedule starts: the server can't change the memo of a Schedule that is there already.
_DATABASE = "database"
_UNTIL_AN_UPDATE_IS_SEEN = 0.2


async def schedule_housekeeping(client: Client, database: str) -> str:
    """Sees that the housekeeping is scheduled as this version wants it. One that is paused stays paused.

    The first who schedules it notes a database in it, for as long as the Schedule is there. It belongs to that one:
    whoever has another database changes nothing.

    Args:
        client: a connection to the namespace.
        database: the identity of the database that this process uses.

    Returns:
        The identity of the database that is noted.

    Raises:
        RPCError: the server refuses, or does not answer.
    """
    wanted = _schedule(database)
    try:
        await client.create_schedule(SCHEDULE_ID, wanted)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(SCHEDULE_ID)
        noted = await _noted(client, handle, database)
        # Not before the note is there: it could be lost by an update that began without it.
        if noted == database:
            await handle.update(lambda found: _update(found, wanted))
        return noted
    return database


def _schedule(database: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            HOUSEKEEPING_WORKFLOW_TYPE,
            id=SCHEDULE_ID,
            task_queue=TASK_QUEUE,
            run_timeout=_RUN_TIMEOUT,
            static_summary="Brings rows, runs and staging in line with what Temporal knows",
            memo={_DATABASE: database},
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=INTERVAL)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
    )


async def _noted(client: Client, handle: ScheduleHandle, database: str) -> str:
    """The database that is noted. Where none is, as an older version leaves it, this one is noted first."""
    while True:
        described = await handle.describe()
        memo = _action(described.schedule).memo or {}
        if _DATABASE in memo:
            (noted,) = await client.data_converter.decode([memo[_DATABASE]], [str])
            return str(noted)
        await _note(client, described, database)
        # The server answers before it has updated anything, also when it won't: only what is read again counts.
        await asyncio.sleep(_UNTIL_AN_UPDATE_IS_SEEN)


async def _note(client: Client, described: ScheduleDescription, database: str) -> None:
    """Adds the note, unless the Schedule was changed since it was described: of several notes the first one stays.

    The SDK's own update would overwrite what another has noted meanwhile: it leaves the conflict token out.
    """
    request = UpdateScheduleRequest(
        namespace=client.namespace,
        schedule_id=SCHEDULE_ID,
        schedule=described.raw_description.schedule,
        conflict_token=described.raw_description.conflict_token,
        identity=client.identity,
        request_id=str(uuid4()),
    )
    (payload,) = await client.data_converter.encode([database])
    request.schedule.action.start_workflow.memo.fields[_DATABASE].CopyFrom(payload)
    await client.workflow_service.update_schedule(request, retry=True)


def _update(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    there = found.description.schedule
    if _what_it_does(there) == _what_it_does(wanted):
        return None
    wanted.state = there.state
    return ScheduleUpdate(wanted)


def _what_it_does(schedule: Schedule) -> tuple[object, ...]:
    action = _action(schedule)
    # An interval without an offset comes back with one of nothing.
    intervals = [(each.every, each.offset or timedelta(0)) for each in schedule.spec.intervals]
    return (
        (action.workflow, action.id, action.task_queue, action.run_timeout),
        (intervals, schedule.spec.calendars, schedule.spec.cron_expressions, schedule.policy.overlap),
    )


def _action(schedule: Schedule) -> ScheduleActionStartWorkflow:
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)  # there are no others
    return schedule.action
