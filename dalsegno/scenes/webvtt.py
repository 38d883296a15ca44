"""WebVTT files, after the W3C's "WebVTT: The Web Video Text Tracks Format"."""

import re

from dalsegno.scenes.cue import Cue, is_timing, parse_timing

HEADER = "WEBVTT"
# Blocks that hold no cue. A cue may still be named so: what counts is that no timing follows.
_OTHER_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")


def parse_webvtt(text: str, name: str) -> list[Cue]:
    """The cues of a WebVTT file, in the file's order, without its header, notes, styles and regions.

    Raises:
        InvalidRequest: a timing can't be read.
    """
    cues = []
    for first, block in _blocks(text):
        timing = next((index for index, line in enumerate(block[:2]) if is_timing(line)), None)
        if timing is None or (timing > 0 and _OTHER_BLOCK.match(block[0])):
            continue
        number = first + timing
        start, end = parse_timing(block[timing], name, number)
        cues.append(Cue(start, end, tuple(block[timing + 1 :]), f"line {number}"))
    return cues


def _is_complete(block: list[str]) -> bool:
    """Whether a timing that comes next is none of this block: it has one, or has more lines than a name."""
    return any(is_timing(line) for line in block[:2]) or (len(block) > 1 and not _OTHER_BLOCK.match(block[0]))


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Runs of lines between blank ones, each with the number of its first line, counted from 1.

    Only a line without any character is blank: a line of one space belongs to its cue.
    """
    blocks: list[tuple[int, list[str]]] = []
    block: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        # A timing without a blank line before it begins a cue all the same, under the header as well.
        if is_timing(line) and _is_complete(block):
            blocks.append((number - len(block), block))
            block = []
        if line:
            block.append(line)
        elif block:
            blocks.append((number - len(block), block))
            block = []
    if block:
        blocks.append((text.count("\n") + 2 - len(block), block))
    return blocks
