"""SRT (SubRip) files. There is no standard: what the common editors and services write is read."""

from dalsegno.scenes.cue import Cue, is_timing, parse_timing


def parse_subrip(text: str, name: str) -> list[Cue]:
    """The cues of an SRT file, in the file's order.

    A cue reaches from its timing to the next one, so that blank lines in a text and missing blank lines
    between cues do no harm; the number before a timing is not part of the text.

    Raises:
        InvalidRequest: a timing can't be read.
    """
    lines = text.split("\n")
    timings = [index for index, line in enumerate(lines) if is_timing(line)]
    cues = []
    for position, index in enumerate(timings):
        start, end = parse_timing(lines[index], name, index + 1)
        following = timings[position + 1] if position + 1 < len(timings) else None
        body = lines[index + 1 : following]
        if following is not None:
            body = _without_number(body)
        cues.append(Cue(start, end, tuple(body), f"line {index + 1}"))
    return cues


def _without_number(body: list[str]) -> list[str]:
    """The lines between two timings, without the number that the second one has.

    Where every other line of a file is blank, a blank line comes between number and timing, and one before both.
    """
    end = len(body)
    while end and not body[end - 1].strip():
        end -= 1
    numbered = end > 0 and body[end - 1].strip().isdigit()
    if numbered and (end == len(body) or (end > 1 and not body[end - 2].strip())):
        return body[: end - 1]
    return body
