"""Paid jobs on the programs: a worker and a command line as processes, and Mureka as a simulator."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowFailureError

from dalsegno.runtime.server import EmbeddedServer
from tests.support.command_line import command_line
from tests.support.mureka_simulator import API_KEY
from tests.support.mureka_simulator_process import SimulatorProcess


def settings_of(mureka: SimulatorProcess) -> dict[str, str]:
    """The settings of workers and command line."""
    return {
        "DALSEGNO_PROVIDER": "mureka",
        "DALSEGNO_MUREKA_API_KEY": API_KEY,
        "DALSEGNO_MUREKA_BASE_URL": mureka.base_url,
        "DALSEGNO_MUREKA_CONCURRENCY": "10",
        "DALSEGNO_MUREKA_POLL_SECONDS": "0.2",
        "DALSEGNO_RETRY_INITIAL_SECONDS": "0.5",
    }


class Console:
    """The command line, on one server and home."""

    def __init__(self, server: EmbeddedServer, home: Path, settings: dict[str, str]) -> None:
        self._server, self._home, self._settings = server, home, settings

    async def __call__(self, *arguments: str) -> Any:
        """Runs a command that must succeed."""
        ended = await command_line(self._server.address, self._home, *arguments, "--json", **self._settings)
        assert ended.code == 0, ended.err
        return ended.document

    async def refused(self, *arguments: str) -> str:
        """Runs a command that must not succeed; what it says."""
        ended = await command_line(self._server.address, self._home, *arguments, **self._settings)
        assert ended.code != 0
        return ended.err


async def billed(mureka: SimulatorProcess) -> dict[str, list[str]]:
    """The tasks that were billed, by job."""
    tasks: dict[str, list[str]] = {}
    for task in (await mureka.book())["billed"]:
        tasks.setdefault(task["prompt"].split(".")[0], []).append(task["task_id"])
    return tasks


async def start(console: Console, job: str) -> None:
    """A paid job whose prompt is its id."""
    await console("start", "--customer", "acme", "--duration", "5", "--prompt", job, "--job-id", job)


async def status_at_end(temporal: Client, job: str) -> dict[str, Any]:
    """Waits for a job's end, however it ends; its status."""
    with suppress(WorkflowFailureError):
        await temporal.get_workflow_handle(job).result()
    status: dict[str, Any] = await temporal.get_workflow_handle(job).query("status")
    return status
