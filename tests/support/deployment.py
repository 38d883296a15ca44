"""Dal Segno as an operator runs it: a Temporal server, a worker as a program, database and store by settings."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowFailureError, WorkflowHandle

from dalsegno.runtime.child import Child
from dalsegno.runtime.server import EmbeddedServer
from tests.support.command_line import ROOT, Ended, command_line
from tests.support.eventually import eventually


@dataclass(frozen=True)
class Deployment:
    """The programs and servers, all ended by their own handles.

    Attributes:
        settings: environment of the worker and of the command line.
        worker: the program `worker.py`.
    """

    home: Path
    server: EmbeddedServer
    temporal: Client
    settings: Mapping[str, str]
    worker: Child

    @classmethod
    @asynccontextmanager
    async def running(
        cls, server: EmbeddedServer, home: Path, settings: Mapping[str, str]
    ) -> "AsyncIterator[Deployment]":
        """All of it, as long as the block runs. The schema is there by `starter.py migrate`."""
        home.mkdir()
        migrated = await command_line(server.address, home, "migrate", **settings)
        assert migrated.code == 0, migrated.err
        worker = await Child.start(
            "worker",
            [sys.executable, ROOT / "worker.py"],
            log=home / "worker.log",
            grace_seconds=15,
            environment=os.environ
            | settings
            | {"TEMPORAL_ADDRESS": server.address, "DALSEGNO_HOME": str(home)},
        )
        try:
            yield cls(home, server, await Client.connect(server.address), settings, worker)
        finally:
            await worker.stop()

    async def run(self, *arguments: str) -> Ended:
        """Runs `python starter.py …` to its end."""
        return await command_line(self.server.address, self.home, *arguments, **self.settings)

    async def json(self, *arguments: str) -> Any:
        """What a command that must succeed prints."""
        ended = await self.run(*arguments, "--json")
        assert ended.code == 0, ended.err
        return ended.document

    def job(self, job_id: str) -> WorkflowHandle[Any, Any]:
        """The job's workflow."""
        return self.temporal.get_workflow_handle(job_id)

    async def step_reached(self, job_id: str, step: str) -> None:
        """Waits until the job is at a step."""

        async def is_there() -> bool:
            reached: str = await self.job(job_id).query("step")
            return reached == step

        await eventually(is_there, seconds=120)

    async def ended(self, job_id: str) -> dict[str, Any]:
        """Waits until the job has ended, however; its status."""
        with suppress(WorkflowFailureError):
            await self.job(job_id).result()
        status: dict[str, Any] = await self.job(job_id).query("status")
        return status

    async def attempts_failed(self, job_id: str, failure_type: str, *, attempts: int) -> None:
        """Waits until an activity has failed so often, the last time in this way, and is tried again."""

        async def have_failed() -> bool:
            described: WorkflowExecutionDescription = await self.job(job_id).describe()
            return any(
                pending.attempt > attempts
                and pending.last_failure.application_failure_info.type == failure_type
                for pending in described.raw_description.pending_activities
            )

        await eventually(have_failed, seconds=120)

    def log(self) -> str:
        """What the worker has logged."""
        return self.worker.log.read_text()
