"""A paid job whose worker is killed while it is generated, and once more while it is uploaded."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TimeoutType
from temporalio.client import Client

from dalsegno.runtime.server import EmbeddedServer
from tests.support.eventually import eventually
from tests.support.fleet import Fleet
from tests.support.in_progress import doing
from tests.support.mureka_simulator_book import Fault as MurekaFault
from tests.support.mureka_simulator_process import simulator_process
from tests.support.paid_programs import Console, billed, settings_of, start, status_at_end
from tests.support.r2_faults import Fault, R2Faults
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOB = "killed-twice"
PATIENCE_SECONDS = 120.0


@pytest.fixture
def music(seaweedfs: SeaweedFS) -> Iterator[str]:
    """A bucket that may hold something at its end."""
    client = seaweedfs.client()
    try:
        client.create_bucket(Bucket=JOB)
        yield JOB
        for each in client.list_objects_v2(Bucket=JOB).get("Contents", []):
            client.delete_object(Bucket=JOB, Key=each["Key"])
        client.delete_bucket(Bucket=JOB)
    finally:
        client.close()


async def test_a_job_killed_in_generation_and_in_upload_goes_on_and_is_paid_once(
    own_server: EmbeddedServer, held_store: R2Faults, music: str, tmp_path: Path
) -> None:
    """Both times it is the missing heartbeat by which it is taken up again, not the end of the step's time."""
    home = tmp_path / "home"
    home.mkdir()
    released = threading.Event()
    async with simulator_process(seconds=1, limit=100) as mureka:
        settings = (
            settings_of(mureka)
            | CREDENTIALS
            | {"DALSEGNO_S3_BUCKET": music, "DALSEGNO_S3_ENDPOINT_URL": held_store.endpoint_url}
        )
        console = Console(own_server, home, settings)
        await console("migrate")
        async with Fleet.of(1, own_server.address, home, settings) as fleet:
            temporal = await Client.connect(own_server.address)

            async def is_in(activity: str) -> bool:
                return activity in await doing(temporal, JOB, fleet.running[0])

            await mureka.order(MurekaFault("query", "hang", times=-1))
            await start(console, JOB)
            await eventually(lambda: is_in("await_task"), PATIENCE_SECONDS)
            await fleet.kill(fleet.running[0])
            await mureka.forget_orders()
            held_store.order("CopyObject", Fault(until=released))
            await fleet.start()
            await eventually(lambda: is_in("publish_music"), PATIENCE_SECONDS)
            await fleet.kill(fleet.running[0])
            released.set()
            await fleet.start()
            assert (await status_at_end(temporal, JOB))["status"] == "completed"
            assert len((await billed(mureka))[JOB]) == 1
            for activity in ("await_task", "publish_music"):
                assert await _taken_up_by(temporal, activity) == TimeoutType.TIMEOUT_TYPE_HEARTBEAT


async def _taken_up_by(temporal: Client, activity: str) -> int:
    """The time-out that the attempt before the last one ended with."""
    history = await temporal.get_workflow_handle(JOB).fetch_history()
    [scheduled] = [
        event.event_id
        for event in history.events
        if event.activity_task_scheduled_event_attributes.activity_type.name == activity
    ]
    [started] = [
        event.activity_task_started_event_attributes
        for event in history.events
        if event.activity_task_started_event_attributes.scheduled_event_id == scheduled
    ]
    timeout_type: int = started.last_failure.timeout_failure_info.timeout_type
    return timeout_type
