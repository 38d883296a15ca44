# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""Commands about what jobs run on: up, demo, migrate."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD, JOB_FAILED, TERMINATED, Interrupted, interruptible
from dalsegno.commands.jobs import follow, show_end
from dalsegno.commands.output import print_json, print_line, program, say

if TYPE_CHECKING:
    from dalsegno.models import JobStatus, MusicRequest
    from dalsegno.runtime.stack import EmbeddedStack

app = typer.Typer()
Result = TypeVar("Result")

EXAMPLE = "rice-1962.srt"
DEMO_FOLDER = Path("dalsegno-demo")
DEMO_SECONDS = 180.0


@app.command()
def up(as_json: options.Json = False) -> int:
    """Run the embedded stack until Ctrl-C.

    It is Temporal with its Web UI, a worker, a database and an object store.
    """

    async def work() -> None:
        from dalsegno.runtime.stack import EmbeddedStack
        from dalsegno.settings import load_settings

        say("Starting the embedded stack")
        async with EmbeddedStack(load_settings()) as stack:
            if as_json:
                print_json(
                    {
                        "temporal_address": stack.temporal_address,
                        "web_ui": stack.web_ui,
                        "home": str(stack.home),
                    }
                )
            else:
                print_line(f"Temporal  {stack.temporal_address}")
                print_line(f"Web UI    {stack.web_ui}")
                print_line(f"Home      {stack.home}")
                print_line(f"For the temporal command: export TEMPORAL_ADDRESS={stack.temporal_address}")
            if stack.already_running:
                say("Another program runs this stack; it stays up when this one ends.")
            say("Ready. Ctrl-C ends it.")
            await stack.wait()

    with suppress(_ToldToEndError):  # on Ctrl-C and SIGTERM: both are how one ends it
        asyncio.run(_until_told(work()))
    say("Ended.")
    return GOOD


@app.command()
def demo(as_json: options.Json = False) -> int:
    """Make music for a real speech, all on this machine.

    It runs on the embedded stack; the music is fetched into ./dalsegno-demo.
    """

    async def work() -> int:
        from dalsegno.client import MusicClient
        from dalsegno.commands.files import filled
        from dalsegno.deliverables.names import METADATA
        from dalsegno.runtime.stack import EmbeddedStack
        from dalsegno.settings import load_settings

        request = _demo_request()
        forget_other_servers()
        settings = load_settings()
        say("Starting Temporal, worker, database and object store")
        async with EmbeddedStack(settings) as stack:
            say(f"Web UI, while this runs: {stack.web_ui}")
            client = await MusicClient.connect(settings)
            job = await client.start(request)
            say(f"{request.duration:.0f} s of music for Kennedy's moon speech of 1962")
            say(f"Job {job.id}")
            last = await _while_up(stack, follow(job))
            if last.status != "completed":
                return show_end(last, as_json=as_json)
            with filled(DEMO_FOLDER, last=METADATA) as folder:
                fetched = [path.relative_to(folder) for path in await job.fetch(folder)]
            paths = [DEMO_FOLDER / name for name in fetched]
            if as_json:
                print_json(
                    {"job_id": job.id, "folder": str(DEMO_FOLDER), "files": [str(path) for path in paths]}
                )
            else:
                _say_where(stack.web_ui, stays_up=stack.already_running)
        return GOOD if (DEMO_FOLDER / "master.wav").is_file() else JOB_FAILED

    try:
        return asyncio.run(_until_told(work()))
    except _ToldToEndError as told:
        if told.number == signal.SIGTERM:
            raise SystemExit(TERMINATED) from None
        raise Interrupted(
            f"Interrupted. What was begun goes on when the stack runs: {program()} up."
        ) from None


@app.command()
def migrate(as_json: options.Json = False) -> int:
    """Bring the database's schema up to date."""
    from dalsegno.records.migrate import migrate as apply_migrations
    from dalsegno.settings import load_settings

    applied = interruptible(apply_migrations(load_settings().resolved_database_url))
    if as_json:
        print_json({"applied": applied})
    elif applied:
        print_line(f"Applied: {', '.join(applied)}.")
    else:
        print_line("The schema is up to date.")
    return GOOD


class _ToldToEndError(Exception):
    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


async def _until_told(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` comes to, unless Ctrl-C or SIGTERM cancel it: it then cleans up, however often they come.

    Raises:
        _ToldToEndError: with the signal that came first.
    """
    task = asyncio.ensure_future(work)
    told: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not told:
            task.cancel()
        told.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if told:
            raise _ToldToEndError(told[0]) from None
        raise


async def _while_up(stack: "EmbeddedStack", work: Coroutine[Any, Any, "JobStatus"]) -> "JobStatus":
    """What `work` comes to, unless a part of the stack ends before it: nothing would go on then."""
    working, ending = asyncio.ensure_future(work), asyncio.ensure_future(stack.wait())
    try:
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            ending.result()
        return await working
    finally:
        working.cancel()
        ending.cancel()


def forget_other_servers() -> None:
    """Takes Temporal's settings out of the environment: the demo never runs on anybody's server."""
    from dalsegno.settings import temporal_variables

    os.environ.update(dict.fromkeys(temporal_variables(), ""))  # an empty one also hides that of a `.env`


def _demo_request() -> "MusicRequest":
    from dalsegno.requests import parse_request
    from dalsegno.scenes import read_transcript

    segments = read_transcript(example().read_bytes(), EXAMPLE)
    return parse_request(
        {
            "customer_id": "demo",
            "duration": min(DEMO_SECONDS, max(segment.end for segment in segments)),
            "prompt": "A film score with strings and brass",
            "segments": [segment.model_dump() for segment in segments],
            "job_id": f"demo-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}",
        }
    )


def example() -> Traversable:
    """The example transcript: in the package where it is installed, beside it in a checkout."""
    package = files("dalsegno")
    installed = package / "examples" / EXAMPLE
    return installed if installed.is_file() else Path(str(package)).parent / "examples" / EXAMPLE


def _say_where(web_ui: str, *, stays_up: bool) -> None:
    """Where the music is and how to go on, in lines of at most 60 columns but for paths."""
    call = program()
    for line in (
        "",
        f"The music is in {DEMO_FOLDER.absolute()}",
        "  index.html  plays it over its scenes, in a browser",
        "  master.wav  is the music itself",
        f"Web UI: {web_ui} ({'stays up' if stays_up else 'ends now'})",
        "",
        "To go on, run the stack in one terminal:",
        f"  {call} up",
        "and in another one:",
        f"  {call} list",
        f"  {call} start --customer me --duration 60 \\",
        "    --prompt 'slow piano in the rain' --wait",
    ):
        print_line(line)
