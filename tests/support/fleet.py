"""Workers as processes that are killed, frozen and started anew, on one Temporal server."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command_line import ROOT


@dataclass
class Fleet:
    """The workers, all ended by their own handles. Each logs into one file.

    Attributes:
        settings: the workers' environment.
        running: those that were started and not killed.
        killed_at: when others were.
    """

    address: str
    home: Path
    settings: Mapping[str, str]
    running: list[Process] = field(default_factory=list)
    killed_at: list[float] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def of(
        cls, count: int, address: str, home: Path, settings: Mapping[str, str]
    ) -> "AsyncIterator[Fleet]":
        """So many workers, as long as the block runs."""
        fleet = cls(address, home, settings)
        try:
            for _ in range(count):
                await fleet.start()
            yield fleet
        finally:
            await fleet.stop()

    @property
    def log(self) -> Path:
        """What all of them have logged."""
        return self.home / "workers.log"

    async def start(self, *queues: str) -> Process:
        """Starts another worker, for all queues or for these. It is at work a little later."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        with self.log.open("ab") as log:
            worker = await asyncio.create_subprocess_exec(
                sys.executable,
                ROOT / "worker.py",
                *(("--queues", *queues) if queues else ()),
                env={
                    **environment,
                    **self.settings,
                    "TEMPORAL_ADDRESS": self.address,
                    "DALSEGNO_HOME": str(self.home),
                },
                cwd=self.home,
                stdout=log,
                stderr=log,
            )
        self.running.append(worker)
        return worker

    async def kill(self, worker: Process) -> None:
        """Kill -9: it can't do anything about it."""
        assert worker.returncode is None, f"It ended by itself: {self.log.read_text()[-2_000:]}"
        self.running.remove(worker)
        self.killed_at.append(time.time())
        worker.kill()
        await worker.wait()

    def freeze(self, worker: Process) -> None:
        """It does nothing any more until it is woken up, and doesn't know."""
        worker.send_signal(signal.SIGSTOP)

    def wake(self, worker: Process) -> None:
        """It goes on where it was frozen."""
        worker.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """Ends all of them, as an operator does."""
        for worker in self.running:
            with suppress(ProcessLookupError):
                self.wake(worker)
                worker.terminate()
        await asyncio.gather(*(_end(worker) for worker in self.running))
        self.running.clear()


async def _end(worker: Process) -> None:
    try:
        async with asyncio.timeout(30):
            await worker.wait()
    except TimeoutError:
        worker.kill()
        await worker.wait()
        raise
