"""Starts a program as a child that can't outlive this one."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from dalsegno.runtime import guard

# A log that has grown beyond this, in bytes, is put aside when the next program begins to write it.
LARGEST_LOG = 10 * 2**20


class Child:
    """A program under guard: it ends when told to, or when this program ends, however it ends."""

    def __init__(self, name: str, process: Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        grace_seconds: float,
        environment: Mapping[str, str],
        folder: Path | None = None,
        holding: Sequence[int] = (),
    ) -> "Child":
        """Starts the program, its output appended to a log file.

        Args:
            name: what people call it.
            command: an absolute path and arguments; no shell reads them.
            log: the file for standard output and standard error.
            grace_seconds: how long it may take to end after it was asked to.
            environment: its whole environment.
            folder: where it runs; by default where this program does.
            holding: descriptors that stay open, for their locks, until it has ended.
        """
        _put_aside_if_large(log)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", guard.__file__, str(grace_seconds), *map(str, command),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
                pass_fds=holding,
                start_new_session=True,
            )  # fmt: skip
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """The id of its guard."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Waits for its end and returns its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Asks it to end and waits until it has; after the grace period it is killed."""
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()


def _put_aside_if_large(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.old"))
