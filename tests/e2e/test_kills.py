"""Workers that are killed in the midst of a paid job: it is paid for once, whatever they were doing."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import Client

from dalsegno.models import CPU_TASK_QUEUE, SUBMIT_TASK_QUEUE, TASK_QUEUE
from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.fleet import Fleet
from tests.support.mureka_simulator import API_KEY
from tests.support.mureka_simulator_book import Fault
from tests.support.mureka_simulator_process import SimulatorProcess, simulator_process
from tests.support.paid_programs import Console, billed, settings_of, start, status_at_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_kill_at_each_point_pays_once(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """One worker with a job at each point is killed; the next one takes them over."""
    home = tmp_path / "home"
    home.mkdir()
    async with simulator_process(seconds=2, limit=100) as mureka:
        settings = settings_of(mureka)
        console = Console(own_server, home, settings)
        await console("migrate")
        async with Fleet.of(1, own_server.address, home, settings) as fleet:
            temporal = await Client.connect(own_server.address)
            await mureka.order(Fault("download", "stall"))
            await start(console, "while-downloading")
            await eventually(lambda: has_seen(mureka, "downloads", 1), seconds=120)
            await start(console, "while-awaiting")
            await eventually(lambda: is_billed(mureka, "while-awaiting"), seconds=120)
            (awaited,) = (await billed(mureka))["while-awaiting"]
            await mureka.order(
                Fault("query", "hang", times=-1, match=awaited),
                Fault("submit", "hang", match="before-acceptance"),
                Fault("submit", "hang", accepted=True, match="after-acceptance"),
            )
            for job in ("before-acceptance", "after-acceptance"):
                await start(console, job)
            await eventually(lambda: has_seen(mureka, "submissions", 4), seconds=120)
            await fleet.kill(fleet.running[0])
            await mureka.forget_orders()
            await fleet.start()
            for job in ("while-awaiting", "while-downloading"):
                assert (await status_at_end(temporal, job))["status"] == "completed"
            for job in ("before-acceptance", "after-acceptance"):
                assert (await status_at_end(temporal, job))["failure"]["type"] == "SubmissionUnknown"
            tasks = await billed(mureka)
            assert {job: len(of_job) for job, of_job in tasks.items()} == {
                "while-downloading": 1,
                "after-acceptance": 1,
                "while-awaiting": 1,
            }
            assert "SubmissionUnknown" in str(await console("failed"))
            assert "--adopt" in await console.refused("retry", "after-acceptance")
            await console("retry", "after-acceptance", "--adopt", tasks["after-acceptance"][0])
            await console("retry", "before-acceptance", "--pay-again")
            for job in ("before-acceptance", "after-acceptance"):
                assert (await status_at_end(temporal, job))["status"] == "completed"
            assert {len(of_job) for of_job in (await billed(mureka)).values()} == {1}
            for job in tasks:
                history = await temporal.get_workflow_handle(job).fetch_history()
                assert not any(API_KEY.encode() in event.SerializeToString() for event in history.events)
    for file in home.rglob("*"):  # logs, database and objects
        assert not file.is_file() or API_KEY.encode() not in file.read_bytes(), file


async def has_seen(mureka: SimulatorProcess, what: str, count: int) -> bool:
    """Whether so many submissions or downloads have begun."""
    return len((await mureka.book())[what]) >= count


async def is_billed(mureka: SimulatorProcess, job: str) -> bool:
    """Whether a job has a task."""
    return job in await billed(mureka)


async def test_a_submitter_that_is_frozen_sends_nothing_after_its_deadline(
    own_server: EmbeddedServer, tmp_path: Path, postgresql_url: str
) -> None:
    """A worker is frozen, another one is paid by a person's order; the first wakes up and doesn't pay again."""
    home = tmp_path / "home"
    home.mkdir()
    async with simulator_process(seconds=1, limit=100) as mureka:
        settings = settings_of(mureka) | {"DALSEGNO_DATABASE_URL": postgresql_url}
        console = Console(own_server, home, settings)
        await console("migrate")
        async with Fleet.of(0, own_server.address, home, settings) as fleet:
            temporal = await Client.connect(own_server.address)
            # One that submits and does nothing else: whatever else is handed to a frozen worker has to time out first.
            frozen = await fleet.start(SUBMIT_TASK_QUEUE)
            await fleet.start(TASK_QUEUE, CPU_TASK_QUEUE)
            await mureka.order(Fault("submit", "hang"))
            await start(console, "frozen")
            await eventually(lambda: has_seen(mureka, "submissions", 1), seconds=120)
            fleet.freeze(frozen)
            await fleet.start(SUBMIT_TASK_QUEUE)
            assert (await status_at_end(temporal, "frozen"))["failure"]["type"] == "SubmissionUnknown"
            await console("retry", "frozen", "--pay-again")
            assert (await status_at_end(temporal, "frozen"))["status"] == "completed"
            fleet.wake(frozen)
            await asyncio.sleep(2)
            assert len((await billed(mureka))["frozen"]) == 1
