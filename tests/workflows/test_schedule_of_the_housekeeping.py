"""The Schedule of the housekeeping, as the workers keep it."""

from datetime import timedelta

import pytest
from temporalio.client import Client, ScheduleIntervalSpec, ScheduleUpdate, ScheduleUpdateInput

from dalsegno.runtime.schedule import INTERVAL, SCHEDULE_ID, schedule_housekeeping
from tests.support.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_older_schedule_is_brought_up_to_date_and_stays_paused(temporal: Client) -> None:
    """What another version has made does what this one wants; whoever paused it has had a reason."""
    handle = temporal.get_schedule_handle(SCHEDULE_ID)

    def as_an_older_version_had_it(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = found.description.schedule
        schedule.spec.intervals = [ScheduleIntervalSpec(every=timedelta(hours=1))]
        return ScheduleUpdate(schedule)

    await schedule_housekeeping(temporal, "a database")
    try:
        await handle.update(as_an_older_version_had_it)
        await handle.pause(note="by hand")

        async def paused() -> bool:
            return (await handle.describe()).schedule.state.paused

        await eventually(paused)
        await schedule_housekeeping(temporal, "a database")

        async def up_to_date() -> bool:
            described = await handle.describe()
            return [each.every for each in described.schedule.spec.intervals] == [INTERVAL]

        await eventually(up_to_date)
        described = await handle.describe()
        assert (described.schedule.state.paused, described.schedule.state.note) == (True, "by hand")
    finally:
        await handle.delete()


async def test_a_schedule_that_is_as_it_should_be_is_left_alone(temporal: Client) -> None:
    """However many workers start."""
    handle = temporal.get_schedule_handle(SCHEDULE_ID)
    await schedule_housekeeping(temporal, "a database")
    try:
        await schedule_housekeeping(temporal, "a database")
        assert (await handle.describe()).info.last_updated_at is None
    finally:
        await handle.delete()
