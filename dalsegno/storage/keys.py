"""What a key may look like, for every object store alike."""

import unicodedata

from dalsegno.errors import StorageDenied

MAX_KEY_BYTES = 1_024


def check_key(key: str) -> tuple[str, ...]:
    """The parts of a key, in order.

    Raises:
        StorageDenied: if the key is not relative, `/`-separated, 1 to 1,024 bytes of UTF-8, free of control
            characters and backslashes, and without empty, `.` and `..` parts.
    """
    if any(character == "\\" or unicodedata.category(character) in {"Cc", "Cs"} for character in key):
        raise StorageDenied("A key may hold no backslash, no control character and nothing that UTF-8 can't.")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise StorageDenied(f"A key may have at most {MAX_KEY_BYTES:,} bytes, not {len(key.encode()):,}.")
    parts = tuple(key.split("/"))
    if any(part in {"", ".", ".."} for part in parts):
        raise StorageDenied(f"The key {key[:80]!r} must be relative, without empty, '.' and '..' parts.")
    return parts


def check_range(start: int, length: int | None) -> None:
    """Refuses a range of bytes that begins before the object or has a negative length.

    Raises:
        StorageDenied: then.
    """
    if start < 0 or (length is not None and length < 0):
        raise StorageDenied(f"A range begins at 0 or later and is not negative, unlike {start}, {length}.")
