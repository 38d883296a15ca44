# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""The catalogue: catalog add, catalog list, catalog remove."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD, WRONG_INPUT, interruptible
from dalsegno.commands.output import plain, print_json, print_line, say

if TYPE_CHECKING:
    from rich.table import Table

    from dalsegno.ports import Catalog, CatalogTrack
    from dalsegno.settings import Settings

app = typer.Typer()
catalog = typer.Typer(help="Add, list, remove music that songs are known by.")
app.add_typer(catalog, name="catalog")

PAGE = 1_000


@catalog.command()
def add(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files of music.", show_default=False)],
    as_json: options.Json = False,
) -> int:
    """Add files of music.

    What is there already is left alone: after an interruption the same call goes on.
    """
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.settings import load_settings

    async def work() -> list[dict[str, object]]:
        async with open_catalog(load_settings(), make=True) as catalog:
            with progress(stderr_console()) as show:

                def done(count: int) -> None:
                    show("adding", 100 * count / len(files), f"{count:,} of {len(files):,}")

                return await _add_all(catalog, files, done)

    outcomes = interruptible(work(), said="Interrupted. What was added stays; the same call again goes on.")
    if as_json:
        print_json(outcomes)
    for outcome in outcomes:
        if "error" in outcome:
            say(str(outcome["error"]))
        elif not as_json:
            told = "added" if outcome["added"] else "there already"
            print_line(f"{outcome['track_id']}  {told}: {_name(outcome['title'], outcome['artist'])}")
    return WRONG_INPUT if any("error" in outcome for outcome in outcomes) else GOOD


@catalog.command(name="list")
def list_tracks(as_json: options.Json = False) -> int:
    """List all tracks."""
    from dalsegno.settings import load_settings

    async def work() -> "list[CatalogTrack]":
        async with open_catalog(load_settings(), make=True) as catalog:
            tracks = page = await catalog.tracks(limit=PAGE)
            while len(page) == PAGE:
                page = await catalog.tracks(after=page[-1].track_id, limit=PAGE)
                tracks += page
            return tracks

    tracks = interruptible(work())
    if as_json:
        print_json([_document(track) for track in tracks])
    elif tracks:
        from dalsegno.commands.views import print_table, stdout_console

        print_table(stdout_console(), _table(tracks))
    else:
        say("The catalogue is empty.")
    return GOOD


@catalog.command()
def remove(
    track_id: Annotated[
        str, typer.Argument(metavar="ID", help="The track's id, as `list` shows it.", show_default=False)
    ],
    as_json: options.Json = False,
) -> int:
    """Remove a track."""
    from dalsegno.errors import InvalidRequest
    from dalsegno.settings import load_settings

    async def work() -> bool:
        async with open_catalog(load_settings(), make=True) as catalog:
            return await catalog.remove(track_id)

    if not re.fullmatch(r"[0-9a-f]{32}", track_id) or not interruptible(work()):
        raise InvalidRequest(f"The catalogue has no track {plain(track_id)[:64]}: see `catalog list`.")
    if as_json:
        print_json({"track_id": track_id, "removed": True})
    else:
        print_line(f"{track_id}  removed")
    return GOOD


@asynccontextmanager
async def open_catalog(settings: "Settings", *, make: bool) -> "AsyncIterator[Catalog]":
    """The catalogue in the configured database.

    The home's own database is brought up to date, as the embedded stack does it. Where there is none yet, it is made
    if `make` says so; else the catalogue is empty.
    """
    from dalsegno.adapters import build_catalog, build_database

    if settings.database_url is None:
        if not make and not settings.home_database.exists():
            from dalsegno.records.memory_catalog import MemoryCatalog

            yield MemoryCatalog()
            return
        from dalsegno.records.migrate import migrate

        await migrate(settings.resolved_database_url)
    database = build_database(settings)
    try:
        yield build_catalog(database)
    finally:
        await database.close()


async def _add_all(
    catalog: "Catalog", files: Sequence[str], done: Callable[[int], None]
) -> list[dict[str, object]]:
    """What became of each file, as many at a time as there are processors."""
    from dalsegno.errors import ProcessEndedError, UnsupportedSource
    from dalsegno.reference.recognition.catalogue import add_file

    free = asyncio.Semaphore(os.cpu_count() or 1)
    count = 0

    async def one(file: str) -> dict[str, object]:
        nonlocal count
        async with free:
            try:
                track, added = await add_file(catalog, Path(file), added_at=datetime.now(UTC))
            except (UnsupportedSource, ProcessEndedError) as error:
                outcome: dict[str, object] = {"file": file, "error": str(error)}
            else:
                outcome = {"file": file, **_document(track), "added": added}
        count += 1
        done(count)
        return outcome

    return await _all(one, files)


async def _all(
    work: Callable[[str], Awaitable[dict[str, object]]], files: Sequence[str]
) -> list[dict[str, object]]:
    """What `work` comes to for each; when it fails for one, the others are ended before that is told."""
    tasks = [asyncio.ensure_future(work(file)) for file in files]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _document(track: "CatalogTrack") -> dict[str, object]:
    return {
        "track_id": track.track_id,
        "title": track.title,
        "artist": track.artist,
        "seconds": track.seconds,
        "added_at": track.added_at.isoformat(),
    }


def _name(title: object, artist: object) -> str:
    return f"{title} by {artist}" if artist else str(title)


def _table(tracks: "Sequence[CatalogTrack]") -> "Table":
    """One track a line; ids are folded, never cut: they are copied."""
    from rich.table import Table

    from dalsegno.commands.views import clock

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("TRACK", overflow="fold")
    table.add_column("LENGTH", justify="right", no_wrap=True)
    table.add_column("SONG", overflow="fold")
    for track in tracks:
        table.add_row(track.track_id, clock(track.seconds), plain(_name(track.title, track.artist)))
    return table
