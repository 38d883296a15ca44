"""What goes where: results on stdout, all else on stderr."""

import io
import json
import sys
from pathlib import Path


class Documents:
    """How many JSON documents this process has printed: behind a command's own none may come that tells of an error."""

    printed = 0


def print_json(document: object) -> None:
    """Prints one JSON document as one line on stdout, in ASCII: no terminal or reader stumbles over it."""
    print(json.dumps(document), flush=True)  # noqa: T201 - stdout is where results go
    Documents.printed += 1


def print_line(text: str) -> None:
    """Prints one line of a result on stdout."""
    print(plain(text), flush=True)  # noqa: T201 - stdout is where results go


def say(text: str) -> None:
    """Says something on stderr that is no result."""
    print("\n".join(map(plain, text.splitlines())), file=sys.stderr, flush=True)  # noqa: T201 - as above


def plain(text: str) -> str:
    """The text without control characters: what others wrote can't command a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def tolerate_any_text() -> None:
    """Lets stdout and stderr replace what their encoding lacks, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def program() -> str:
    """How the user can call this program again, for sentences that say what to call next."""
    name = Path(sys.argv[0]).name
    if not name.endswith(".py"):
        return name
    interpreter = Path(sys.executable)
    if interpreter.is_relative_to(Path.cwd()):  # that of the checkout, which `python` alone is not
        return f"{interpreter.relative_to(Path.cwd())} {name}"
    return f"python {name}"
