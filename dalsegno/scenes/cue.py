"""A cue as it stands in a file, before its text is made plain, and how times are written."""

import re
from dataclasses import dataclass

from dalsegno.errors import InvalidRequest

_MAX_SECONDS = 999_999.0
_CLOCK = r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[,.](\d{1,6}))?"
# What follows the second time are cue settings (WebVTT) or coordinates (SRT).
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?=\s|$)")
# An arrow in speech is speech; one in a line that begins like a time is a timing gone wrong.
_LOOKS_LIKE_TIMING = re.compile(r"\s*-?\d(?:[\d:.,\s]*|\S*\s*)-->")


@dataclass(frozen=True)
class Cue:
    """One cue: `start` and `end` in seconds, its lines with their markup, `place` in the file for messages."""

    start: float
    end: float
    lines: tuple[str, ...]
    place: str


def is_timing(line: str) -> bool:
    """Whether a line is, or means to be, a timing: `00:00:01,000 --> 00:00:02,000`."""
    return "-->" in line and _LOOKS_LIKE_TIMING.match(line) is not None


def parse_timing(line: str, name: str, number: int) -> tuple[float, float]:
    """The two times of a timing line, in seconds. Hours, and thousandths, may be left out.

    Raises:
        InvalidRequest: the line is no timing, or its times can't be those of a video.
    """
    match = _TIMING.match(line)
    if match is None:
        raise InvalidRequest(f"{name}, line {number}: the times of this cue can't be read.")
    start, end = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
    check_times(start, end, name, f"line {number}")
    return start, end


def check_times(start: float, end: float, name: str, place: str) -> None:
    """Refuses times that can't be those of a video.

    Raises:
        InvalidRequest: naming the place and the reason.
    """
    if not (0 <= start <= _MAX_SECONDS and 0 <= end <= _MAX_SECONDS):
        raise InvalidRequest(f"{name}, {place}: times must lie between 0 and 999,999 s.")
    if end < start:
        raise InvalidRequest(f"{name}, {place}: the cue ends at {end:g} s, before its start at {start:g} s.")


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return round(whole + float(f"0.{fraction or 0}"), 3)
