# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""The reference analysis without a server: identify."""

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD, interruptible
from dalsegno.commands.output import plain, print_json, say

if TYPE_CHECKING:
    from dalsegno.commands.progress import Show
    from dalsegno.models import ReferenceSong
    from dalsegno.reference.recognition.naming import NamedSong

app = typer.Typer()

# How much is done when the clip is taken, and when the song has its name, in percent.
TAKEN, NAMED = 30, 50


@app.command()
def identify(
    audio: Annotated[str, typer.Argument(metavar="AUDIO", help="A file of music.", show_default=False)],
    as_json: options.Json = False,
) -> int:
    """Tell what is known of a song, without a server.

    Its name comes from the catalogue, from AudD if there is a token, or from its tags.
    """
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.reference.song import describe_song

    _check_readable(audio)
    with tempfile.TemporaryDirectory(prefix="dalsegno-") as folder, progress(stderr_console()) as show:
        clip, name = interruptible(_name(audio, Path(folder), show))
        song = describe_song(
            lambda done, words: show("identifying", NAMED + (100 - NAMED) * done, words), clip, name, None
        )
    if as_json:
        print_json(song.model_dump(mode="json"))
    else:
        from rich.table import Table

        from dalsegno.commands.views import print_table, stdout_console

        facts = Table.grid(padding=(0, 2))
        facts.add_column(no_wrap=True)
        facts.add_column(overflow="fold")
        for label, text in _facts(song, name):
            facts.add_row(label, plain(text))
        print_table(stdout_console(), facts)
    for note in name.notes:
        say(note)
    return GOOD


async def _name(audio: str, folder: Path, show: "Show") -> "tuple[Path, NamedSong]":
    """A clip of the song, and what it is called."""
    from dalsegno.adapters import build_clips, build_recognisers
    from dalsegno.commands.catalogue import open_catalog
    from dalsegno.errors import InvalidRequest, UnsupportedSource
    from dalsegno.reference.recognition.naming import name_song
    from dalsegno.settings import load_settings

    settings = load_settings()
    async with open_catalog(settings, make=False) as catalog:
        recognisers = build_recognisers(settings, catalog)
        try:
            clip = await build_clips(settings).of_file(
                Path(audio), folder, lambda done, words: show("identifying", TAKEN * done, words)
            )
        except UnsupportedSource as error:
            raise InvalidRequest(str(error)) from None
        show("identifying", TAKEN, "Looking for the song")
        return clip.path, await name_song(clip, recognisers, wait_for_answers=False)


def _check_readable(audio: str) -> None:
    from dalsegno.errors import InvalidRequest

    try:
        if not stat.S_ISREG(Path(audio).stat().st_mode):  # a pipe or a device may have no end
            raise InvalidRequest(f"{audio} can't be read: it is no file. Check the path.")
        with Path(audio).open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidRequest(f"{audio} can't be read: {reason}. Check the path.") from None


def _facts(song: "ReferenceSong", name: "NamedSong") -> Iterator[tuple[str, str]]:
    from dalsegno.commands.views import clock

    yield "Title", song.title or "unknown"
    yield "Artist", song.artist or "unknown"
    yield "Tempo", f"{song.bpm:.0f} bpm" if song.bpm else "uncertain"
    yield "Key", song.key or "uncertain"
    yield "Mood", song.mood or "uncertain"
    how = {"catalog": "the catalogue", "audd": "AudD", "metadata": "what the file says", "none": "nobody"}
    told = how[song.method]
    if song.confidence is not None:
        told += f", {song.confidence:.0%} the same"
    if name.begins_at is not None and name.begins_at >= 0:
        told += f", from {clock(name.begins_at)} on"
    yield "Known by", told
