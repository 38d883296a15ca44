"""Which database the workers of a namespace share, as it is noted in the Schedule of the housekeeping."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client, ScheduleIntervalSpec, ScheduleUpdate, ScheduleUpdateInput

from dalsegno.errors import DatabaseUnavailable, SettingsError
from dalsegno.runtime import one_database
from dalsegno.runtime.one_database import compare_databases
from dalsegno.runtime.schedule import INTERVAL, SCHEDULE_ID, schedule_housekeeping
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.temporal_cli import temporal_cli

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(temporal: Client) -> AsyncIterator[Client]:
    """A namespace in which a first worker has noted its database; the note goes with the Schedule in the end."""
    assert await schedule_housekeeping(temporal, "first") == "first"
    yield temporal
    await temporal.get_schedule_handle(SCHEDULE_ID).delete()


async def changed(client: Client, change: Callable[[ScheduleUpdateInput], None]) -> None:
    """Changes the Schedule, and waits until the server has done it."""

    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        change(found)
        return ScheduleUpdate(found.description.schedule)

    handle = client.get_schedule_handle(SCHEDULE_ID)
    before = (await handle.describe()).info.last_updated_at
    await handle.update(update)

    async def is_done() -> bool:
        return (await handle.describe()).info.last_updated_at != before

    await eventually(is_done)


def without_a_note(found: ScheduleUpdateInput) -> None:
    """As a version left it that didn't note databases."""
    found.description.schedule.action.memo = None  # type: ignore[attr-defined]  # it starts a workflow


def every_hour(found: ScheduleUpdateInput) -> None:
    """As another version may want it."""
    found.description.schedule.spec.intervals = [ScheduleIntervalSpec(every=timedelta(hours=1))]


async def intervals(client: Client) -> list[timedelta]:
    """How often the housekeeping is done."""
    described = await client.get_schedule_handle(SCHEDULE_ID).describe()
    return [each.every for each in described.schedule.spec.intervals]


def answers(*given: str | Exception) -> Callable[[], Awaitable[str]]:
    """A database that is asked for its identity, time and again."""
    left = list(given)

    async def identity() -> str:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return identity


async def test_the_first_database_is_noted_for_all(namespace: Client) -> None:
    """However many come later, and whatever theirs is."""
    assert await schedule_housekeeping(namespace, "second") == "first"
    assert await schedule_housekeeping(namespace, "first") == "first"


async def test_a_schedule_without_a_note_gets_one(namespace: Client) -> None:
    """An older version has made it: the first worker that has a database to note does."""
    await changed(namespace, without_a_note)
    assert await schedule_housekeeping(namespace, "second") == "second"
    assert await schedule_housekeeping(namespace, "first") == "second"


async def test_of_several_notes_at_once_one_stays(namespace: Client) -> None:
    """All of them hear the same."""
    names = [f"database {number}" for number in range(8)]
    await changed(namespace, without_a_note)
    noted = await asyncio.gather(*(schedule_housekeeping(namespace, name) for name in names))
    assert len(set(noted)) == 1
    assert noted[0] in names


async def test_of_several_first_workers_one_notes_its_database(temporal: Client) -> None:
    """Where no Schedule is there yet."""
    names = [f"database {number}" for number in range(8)]
    try:
        noted = await asyncio.gather(*(schedule_housekeeping(temporal, name) for name in names))
        assert len(set(noted)) == 1
        assert noted[0] in names
    finally:
        await temporal.get_schedule_handle(SCHEDULE_ID).delete()


async def test_the_note_stays_when_the_schedule_is_brought_up_to_date(namespace: Client) -> None:
    """And whoever paused it doesn't lose it either."""
    await changed(namespace, every_hour)
    await namespace.get_schedule_handle(SCHEDULE_ID).pause(note="by hand")
    await schedule_housekeeping(namespace, "first")

    async def up_to_date() -> bool:
        return await intervals(namespace) == [INTERVAL]

    await eventually(up_to_date)
    assert await schedule_housekeeping(namespace, "second") == "first"


async def test_who_has_another_database_changes_nothing(namespace: Client) -> None:
    """A worker that must not run isn't the one who says how the others keep house."""
    await changed(namespace, every_hour)
    handle = namespace.get_schedule_handle(SCHEDULE_ID)
    before = (await handle.describe()).raw_description.conflict_token
    await schedule_housekeeping(namespace, "second")
    assert (await handle.describe()).raw_description.conflict_token == before


async def test_another_database_is_refused_with_what_to_do(namespace: Client, server: EmbeddedServer) -> None:
    """The command that the sentence names does what it says."""
    command = f"temporal schedule delete --schedule-id {SCHEDULE_ID}"
    with pytest.raises(SettingsError, match=f"set DALSEGNO_DATABASE_URL to theirs, .* `{command}`"):
        await compare_databases(namespace, answers("second"))
    await compare_databases(namespace, answers("first"))
    await temporal_cli(server, *command.split()[1:])
    await compare_databases(namespace, answers("second"))
    with pytest.raises(SettingsError):
        await compare_databases(namespace, answers("first"))


async def test_a_database_that_is_away_is_compared_when_it_answers(
    namespace: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it could not be compared at first is no reason to take it for the right one."""
    monkeypatch.setattr(one_database, "_AGAIN_SECONDS", 0.0)
    away = DatabaseUnavailable("The database does not answer.")
    await compare_databases(namespace, answers(away, away, "first"))
    with pytest.raises(SettingsError):
        await compare_databases(namespace, answers(away, away, "second"))


async def test_a_temporal_server_that_does_not_answer_is_asked_again(
    namespace: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here because the Schedule isn't what a connection to another namespace finds."""
    monkeypatch.setattr(one_database, "_AGAIN_SECONDS", 0.0)
    nowhere = await Client.connect(namespace.service_client.config.target_host, namespace="nowhere")
    asked = []

    async def identity() -> str:
        asked.append("again")
        if len(asked) == 3:
            raise SettingsError("That is enough.")
        return "first"

    with pytest.raises(SettingsError, match="enough"):
        await compare_databases(nowhere, identity)
