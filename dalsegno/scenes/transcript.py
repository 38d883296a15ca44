"""Reading transcripts: SRT, WebVTT or JSON, told apart by their content.

The parsers are small and our own: the ones on offer stop at the first oddity or pass over it in silence, and
none names the line in which it lies.
"""

import re
from collections.abc import Iterable, Iterator

from dalsegno.errors import InvalidRequest
from dalsegno.models import MAX_SEGMENTS, Segment
from dalsegno.scenes.cue import Cue
from dalsegno.scenes.encoding import decode
from dalsegno.scenes.json_cues import parse_json
from dalsegno.scenes.speech import spoken_lines
from dalsegno.scenes.subrip import parse_subrip
from dalsegno.scenes.webvtt import HEADER, parse_webvtt

MAX_BYTES = 32 * 1024 * 1024
MAX_TEXT = 1_000
# A bound on what parsing can cost in memory: 50 lines for each segment that there may be.
_MAX_FILE_LINES = 1_000_000
# Speech recognisers write cues that end as they begin; what they say is kept.
_SHORTEST = 0.001
# Live captions roll: each cue repeats the last line of the one before, if it follows at once.
_ROLLS_WITHIN = 0.1
_SENTENCE_END = re.compile(
    # Begun only where a run of marks begins, and never given back: linear on any text.
    r"(?<![.!?\u2026\u3002\uff01\uff1f])[.!?\u2026\u3002\uff01\uff1f]++[\"')\u201d\u2019]*+(?=\s|$)"
)
_LONGEST_NAME = 100


def read_transcript(data: bytes, name: str) -> list[Segment]:
    """The lines of a transcript, in order of their starts.

    Markup, sound descriptions, music signs and speakers' names are taken out, lines without speech left out.
    A line longer than a segment may be is split at its sentences, its time in proportion to their length.

    Args:
        data: SRT, WebVTT, or JSON `[{"start", "end", "text"}]` with times in seconds.
        name: the file's name, for messages only.

    Raises:
        InvalidRequest: one sentence that names the file, the line where there is one, and the reason.
    """
    name = _printable(name)
    if len(data) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES // 1024**2} MiB: it is no transcript.")
    cues = _parse(decode(data, name), name)
    segments: list[Segment] = []
    for segment in _segments(cues):
        segments.append(segment)
        if len(segments) > MAX_SEGMENTS:
            raise InvalidRequest(f"{name} has more than {MAX_SEGMENTS:,} lines of speech.")
    return sorted(segments, key=lambda segment: segment.start)


def _parse(text: str, name: str) -> list[Cue]:
    head = text.lstrip()
    if not head:
        raise InvalidRequest(f"{name} is empty.")
    if head.startswith(("[", "{")):
        return parse_json(text, name)
    if text.count("\n") >= _MAX_FILE_LINES:
        raise InvalidRequest(f"{name} has {_MAX_FILE_LINES:,} lines and more: it is no transcript.")
    if re.match(rf"{HEADER}(\s|$)", head):
        # Lines are counted from the file's first one, blank or not.
        return parse_webvtt(text, name)
    cues = parse_subrip(text, name)
    if not cues:
        raise InvalidRequest(
            f"{name}, line 1: this is no transcript that can be read: give SRT, WebVTT or JSON."
        )
    return cues


def _segments(cues: Iterable[Cue]) -> Iterator[Segment]:
    last_lines: list[str] = []
    last_end = 0.0
    for cue in cues:
        lines = spoken_lines(cue.lines)
        new = lines
        if last_lines and abs(cue.start - last_end) <= _ROLLS_WITHIN:
            new = _without_repetition(last_lines, lines, shown_for=cue.end - cue.start)
        if lines:
            last_lines, last_end = lines, cue.end
        text = " ".join(new)
        if text:
            yield from _split(text, cue.start, max(cue.end, cue.start + _SHORTEST))


def _without_repetition(before: list[str], lines: list[str], shown_for: float) -> list[str]:
    """The lines without those at the top that end the cue before.

    A cue that says nothing new is a repetition in speech ("Go! Go!"), unless it is too short to be read.
    """
    for count in range(min(len(before), len(lines)), 0, -1):
        if before[-count:] == lines[:count]:
            return lines[count:] if len(lines) > count or shown_for <= _ROLLS_WITHIN else lines
    return lines


def _split(text: str, start: float, end: float) -> Iterator[Segment]:
    """One segment, or as many as the text is too long for one."""
    if len(text) <= MAX_TEXT:
        yield Segment(start=start, end=end, text=text)
        return
    at = 0
    while at < len(text):
        stop = _piece_end(text, at)
        piece = text[at:stop].strip()
        begins, ends = (start + (end - start) * place / len(text) for place in (at, stop))
        if piece and ends > begins:
            yield Segment(start=begins, end=ends, text=piece)
        at = stop


def _piece_end(text: str, at: int) -> int:
    """Where a piece that begins at `at` ends: after a sentence if one ends in time, else between two words."""
    if len(text) - at <= MAX_TEXT:
        return len(text)
    sentences = [match.end() for match in _SENTENCE_END.finditer(text, at, at + MAX_TEXT)]
    if sentences:
        return sentences[-1]
    space = text.rfind(" ", at + 1, at + MAX_TEXT)
    return space if space > at else at + MAX_TEXT


def _printable(name: str) -> str:
    """A name that breaks no message: without control characters, at most 100 characters long."""
    plain = "".join(character if character.isprintable() else "?" for character in name)
    return plain[-_LONGEST_NAME:] or "The transcript"
