"""Which video an address on YouTube names. Nothing of the address goes further than the video's id."""

import re
from urllib.parse import parse_qs, urlsplit

_WATCHING = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"}
_SHORT = "youtu.be"
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
# What stands before the id in the path, where the id is not in the query.
_PLACES = {"shorts", "embed", "live", "v"}


def video_id(address: str) -> str | None:
    """The 11 characters that name the video at an address; None where it is not the https address of one video.

    A list that the video was opened from is left aside.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
        fields = parse_qs(parts.query, max_num_fields=100)
    except ValueError:
        return None
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        return None
    found = _named(host, parts.path.split("/")[1:], fields.get("v", []))
    return found if found and _ID.fullmatch(found) else None


def _named(host: str | None, path: list[str], given: list[str]) -> str | None:
    if host == _SHORT:
        return path[0] if path[1:] in ([], [""]) else None
    if host not in _WATCHING:
        return None
    if path == ["watch"]:
        return given[0] if len(given) == 1 else None
    if len(path) >= 2 and path[0] in _PLACES and path[2:] in ([], [""]):
        return path[1]
    return None


def watch_address(video: str) -> str:
    """The address under which a video is watched."""
    return f"https://www.youtube.com/watch?v={video}"
