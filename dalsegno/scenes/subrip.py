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
        if following is not None and body and body[-1].strip().isdigit():
            body.pop()
        cues.append(Cue(start, end, tuple(body), f"line {index + 1}"))
    return cues
