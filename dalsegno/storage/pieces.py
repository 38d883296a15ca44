"""Content in pieces, so that memory stays bounded however large an object is."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from dalsegno.errors import StorageDenied

PIECE = 1 << 20


def source_pieces(source: Path | bytes) -> Iterator[bytes | memoryview]:
    """What is to be stored, in pieces of at most 1 MiB.

    Raises:
        StorageDenied: if the file to be stored can't be read: this machine won't have it later either.
    """
    if isinstance(source, bytes):
        view = memoryview(source)
        for start in range(0, len(view), PIECE):
            yield view[start : start + PIECE]
        return
    try:
        with source.open("rb", buffering=0) as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageDenied(f"The file {source} can't be read to be stored: {reason}.") from error


def write_all(descriptor: int, piece: bytes | memoryview) -> None:
    """Writes all of the piece: `os.write` may take less, near a full disk for one."""
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sha256_of(content: bytes) -> str:
    """The SHA-256 of the content, in hex."""
    return hashlib.sha256(content).hexdigest()
