"""What a file of music says of itself, out of ffmpeg's metadata format ("FFMPEG-FORMATS", section Metadata)."""

import re
from typing import NamedTuple

LONGEST_NAME = 200

# A key, then its value up to the first line end that no backslash stands before.
_ENTRY = re.compile(r"^([^=;#\n\\]{1,100})=((?:\\.|[^\\\n])*)$", re.MULTILINE | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Longer tags hold lyrics or a picture.
_LONGEST_TAGS = 100_000


class Tags(NamedTuple):
    """A song's title and artist, each on one line of at most 200 characters."""

    title: str | None
    artist: str | None


def read_tags(*written: bytes) -> Tags:
    """The tags in one or several of ffmpeg's metadata files; what an earlier one says goes before."""
    found: dict[str, str] = {}
    for each in written:
        for key, value in _ENTRY.findall(each[:_LONGEST_TAGS].decode(errors="replace")):
            if text := one_line(_ESCAPED.sub(r"\1", value)):
                found.setdefault(key.strip().lower(), text)
    return Tags(found.get("title"), found.get("artist") or found.get("album_artist"))


def one_line(text: str) -> str:
    """The text on one line of at most 200 characters, without what could command a terminal."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:LONGEST_NAME].rstrip()
