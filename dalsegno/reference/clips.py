"""Clips of reference songs, taken by a process that is watched: an adapter of `dalsegno.ports.ClipSource`."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

import dalsegno
from dalsegno.errors import (
    DalSegnoError,
    InternalError,
    ProcessEndedError,
    SourceThrottled,
    SourceUnavailable,
    UnsupportedSource,
)
from dalsegno.ports import LocalClip, Report
from dalsegno.reference.clip_order import CLIP, ClipAnswer, ClipOrder, FailedClip
from dalsegno.reference.process_group import disk_use, memory_use
from dalsegno.youtube_address import video_id

log = structlog.get_logger(__name__)

_ERRORS: dict[str, type[DalSegnoError]] = {
    error.__name__: error for error in (SourceThrottled, SourceUnavailable, UnsupportedSource)
}
_WATCH_SECONDS = 0.2
PROGRAM = ("-m", "dalsegno.reference.clip_process")


class ClipLimits(NamedTuple):
    """What the taking of a clip may use: it is ended beyond.

    Attributes:
        seconds: on the clock. A video comes as slowly as YouTube likes.
        memory_bytes: of all its processes together, where the system tells (Linux).
        disk_bytes: of all files in its folder.
    """

    seconds: float = 180.0
    memory_bytes: int = 1 << 30
    disk_bytes: int = 256 << 20


class Clips:
    """Takes clips of YouTube videos and of audio files."""

    def __init__(
        self,
        *,
        proxy: str | None = None,
        cookies: Path | None = None,
        limits: ClipLimits = ClipLimits(),  # noqa: B008  (immutable)
        program: Sequence[str] = PROGRAM,
    ) -> None:
        """Prepares.

        Args:
            proxy: through which YouTube is reached. It decides which addresses are within reach.
            cookies: a file of cookies, in Netscape's format, that YouTube is shown.
            limits: what one clip may use.
            program: the arguments of Python that run the program.
        """
        self._proxy = proxy
        self._cookies = cookies
        self._limits = limits
        self._program = program

    async def of_video(self, url: str, folder: Path, report: Report) -> LocalClip:
        """See `dalsegno.ports.ClipSource`."""
        video = video_id(url)
        if video is None:
            raise UnsupportedSource("The address is not the https address of one video on YouTube.")
        order = ClipOrder(video=video, proxy=self._proxy, cookies=_absolute(self._cookies))
        return await self._take(order, folder, report)

    async def of_file(self, audio: Path, folder: Path, report: Report) -> LocalClip:
        """See `dalsegno.ports.ClipSource`."""
        return await self._take(ClipOrder(file=_absolute(audio)), folder, report)

    async def _take(self, order: ClipOrder, folder: Path, report: Report) -> LocalClip:
        async with self._process(folder) as process:
            hearing = asyncio.create_task(_hear(process, order, report))
            watching = asyncio.create_task(self._watch(process.pid, folder))
            try:
                await asyncio.wait(
                    {hearing, watching}, timeout=self._limits.seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if watching.done():
                    watching.result()
                if not hearing.done():
                    raise self._too_slow(order)
                return _clip_of(hearing.result(), folder)
            finally:
                hearing.cancel()
                watching.cancel()
                await asyncio.wait({hearing, watching})

    @asynccontextmanager
    async def _process(self, folder: Path) -> AsyncIterator[Process]:
        """The program, as the leader of a group of its own; the whole group ends with the block."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", *self._program,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _watch(self, group: int, folder: Path) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            memory, disk = await asyncio.to_thread(lambda: (memory_use(group), disk_use(folder)))
            for used, most, what in (
                (memory, self._limits.memory_bytes, "memory"),
                (disk, self._limits.disk_bytes, "space on the disk"),
            ):
                if used > most:
                    raise UnsupportedSource(
                        f"The reference takes more than {most >> 20} MiB of {what} to read: choose another."
                    )

    def _too_slow(self, order: ClipOrder) -> DalSegnoError:
        if order.video:
            return SourceThrottled(
                f"The video's sound has not come within {self._limits.seconds:.0f} seconds."
            )
        return UnsupportedSource(
            f"The reference can't be read within {self._limits.seconds:.0f} seconds: choose another."
        )


def _absolute(path: Path | None) -> str | None:
    """The program runs in a folder of its own."""
    return str(path.absolute()) if path else None


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the worker's, whose environment holds its secrets; and no other place to write to."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "DENO_DIR": str(folder / "deno"),
        "DENO_NO_UPDATE_CHECK": "1",
        "YTDLP_NO_PLUGINS": "1",
        "PYTHONPATH": str(Path(dalsegno.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def _hear(process: Process, order: ClipOrder, report: Report) -> ClipAnswer:
    """The last answer. Standard input stays open: that it closes tells the program to end."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(order.model_dump_json().encode() + b"\n")
    async for line in process.stdout:
        answer = ClipAnswer.model_validate_json(line)
        if answer.progress is None:
            return answer
        report(answer.progress.fraction, answer.progress.message)
    code = await process.wait()
    raise ProcessEndedError(f"The process that takes the clip ended unexpectedly (exit code {code}).")


def _clip_of(answer: ClipAnswer, folder: Path) -> LocalClip:
    if answer.failed:
        raise _error(answer.failed)
    assert answer.taken
    taken = answer.taken
    return LocalClip(folder / CLIP, taken.seconds, taken.title, taken.artist)


def _error(failed: FailedClip) -> Exception:
    if failed.kind in _ERRORS:
        return _ERRORS[failed.kind](failed.message)
    if failed.errno is not None:
        return OSError(failed.errno, failed.message)
    log.error("clip_process_bug", details=failed.details)
    return InternalError(f"A bug in Dal Segno: {failed.message}. The worker's log has the details.")
