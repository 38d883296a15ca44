"""Workers as programs on one Temporal server, whose databases are the same or not."""

from asyncio.subprocess import Process
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from dalsegno.models import CPU_TASK_QUEUE, SUBMIT_TASK_QUEUE, TASK_QUEUE
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.schedule import schedule_housekeeping
from dalsegno.runtime.server import EmbeddedServer
from tests.support.command_line import command_line
from tests.support.eventually import eventually
from tests.support.fleet import Fleet
from tests.support.postgresql import PostgresqlServer
from tests.support.programs import Home

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def migrated(own_server: EmbeddedServer, home: Path, **settings: str) -> Path:
    """A home whose database has the schema."""
    home.mkdir()
    ended = await command_line(own_server.address, home, "migrate", **settings)
    assert ended.code == 0, ended.err
    return home


async def works_for(own_server: EmbeddedServer, worker: Process, queue: str) -> bool:
    """Whether this worker asks for a queue's activities."""
    assert worker.returncode is None
    client = await Client.connect(own_server.address)
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
    )
    return any(poller.identity.startswith(f"{worker.pid}@") for poller in described.pollers)


async def test_a_second_worker_with_defaults_on_another_machine_ends(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """Exit 2 and one sentence, whatever its queues are; the first works on."""
    homes = [await migrated(own_server, tmp_path / name) for name in ("first", "second")]
    async with (
        Fleet.of(1, own_server.address, homes[0], {}) as first,
        Fleet.of(0, own_server.address, homes[1], {}) as second,
    ):
        await eventually(lambda: works_for(own_server, first.running[0], SUBMIT_TASK_QUEUE), seconds=120)
        refused = [await second.start(), await second.start(CPU_TASK_QUEUE)]
        assert [await worker.wait() for worker in refused] == [2, 2]
        said = second.log.read_text().splitlines()
        assert len(said) == len(refused)
        assert all("set DALSEGNO_DATABASE_URL to theirs" in line for line in said)
        assert await works_for(own_server, first.running[0], SUBMIT_TASK_QUEUE)


@pytest.mark.parametrize("database", ["theirs", "another"])
async def test_nothing_is_ordered_before_the_databases_were_compared(
    own_server: EmbeddedServer,
    tmp_path: Path,
    postgresql: PostgresqlServer,
    postgresql_url: str,
    database: str,
) -> None:
    """A worker whose database is away goes on, without submitting; when it's back and another one, it ends."""
    settings = {"DALSEGNO_DATABASE_URL": postgresql_url}
    home = await migrated(own_server, tmp_path / "home", **settings)
    async with Fleet.of(0, own_server.address, home, settings) as fleet:
        with postgresql.away():
            worker = await fleet.start()
            await eventually(lambda: works_for(own_server, worker, TASK_QUEUE), seconds=120)
            assert not await works_for(own_server, worker, SUBMIT_TASK_QUEUE)
            if database == "another":
                temporal = await Client.connect(own_server.address, plugins=[DalSegnoPlugin()])
                await schedule_housekeeping(temporal, "another database")
        if database == "theirs":
            await eventually(lambda: works_for(own_server, worker, SUBMIT_TASK_QUEUE), seconds=120)
        else:
            assert await worker.wait() == 2
            assert "set DALSEGNO_DATABASE_URL to theirs" in fleet.log.read_text().splitlines()[-1]


async def test_a_home_whose_database_was_deleted_is_refused(home: Home) -> None:
    """Its Temporal server still has the jobs, and would let them be paid for again."""
    with home.up():
        pass
    (home.path / "dalsegno.db").unlink()
    done = home.run("up")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        f"The database is not the one that the jobs of the home {home.path}"
    )
    assert home.processes() == []
