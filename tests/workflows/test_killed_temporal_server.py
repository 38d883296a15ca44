"""The Temporal server is killed with jobs in it."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")

JOBS = 10


@pytest_asyncio.fixture(loop_scope="session")
async def killed(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A server of the test's own."""
    folder = tmp_path / "temporal"
    folder.mkdir()
    server = await EmbeddedServer.start(folder)
    yield server
    await server.child.stop()


async def test_no_job_is_lost_with_a_killed_server(killed: EmbeddedServer, tmp_path: Path) -> None:
    """Killed as soon as the last one was taken, and started again from its file: all are there, and are done."""
    harness = Harness(await Client.connect(killed.address, plugins=[DalSegnoPlugin()]), tmp_path)
    jobs = [
        await harness.client.start(a_request(job_id=f"kept-{number}", seed=number)) for number in range(JOBS)
    ]
    guard = killed.child.pid
    [server] = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
    os.kill(int(server), signal.SIGKILL)
    await killed.child.wait()
    again = await EmbeddedServer.start(tmp_path / "temporal", ports=killed.ports)
    try:
        async with harness.worker():
            results = [await job.result() for job in jobs]
    finally:
        await again.child.stop()
    assert [result.title for result in results] == [f"Tone {number}" for number in range(JOBS)]
