"""The prompt by which Mureka makes the music of a brief: it has no other field for any of it. Pure."""

import math
import re

from dalsegno.models import MusicBrief, ReferenceSong
from dalsegno.providers.scene_arc import arc_within

# What the service takes, in characters.
LONGEST_PROMPT = 1_024
SEPARATOR = ". "

_LONGEST_NAME = 60
_LONGEST_KEY = 20
# So much of the scenes' arc, in characters, is told before the user's own prompt is cut.
_ARC_SHARE = 160
_ARC = "Scenes: "
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def prompt_of(brief: MusicBrief) -> str:
    """The prompt of a brief, at most 1,024 characters long, on one line.

    Where all is too long, first the scenes' arc is shortened, then the user's prompt is cut at a word. Tempo, key,
    mood, instruments, duration, the reference's names and "no vocals" are always told.
    """
    tempo, key, mood = _tempo(brief.reference), _key(brief.reference), _mood(brief)
    instruments = ", ".join(filter(None, map(_plain, brief.instruments)))
    music = [tempo, key, mood, f"Instruments: {instruments}" if instruments else ""]
    ending = [
        f"Duration: {brief.duration:g} seconds",
        "Instrumental only, no vocals",
        "Suitable for video background music",
    ]
    style = _style(brief.reference)
    # Never negative: instruments, the longest part, are at most 16 of 40 characters each.
    room = LONGEST_PROMPT - len(_joined([style, *music, *ending]))
    wish = _cut(_plain(brief.prompt), room - _cost(_scenes(brief, min(_ARC_SHARE, room))) - len(SEPARATOR))
    scenes = _scenes(brief, room - _cost(wish))
    return _joined([wish, style, *music, scenes, *ending])


def _scenes(brief: MusicBrief, room: int) -> str:
    arc = arc_within(brief.scenes, room - len(SEPARATOR) - len(_ARC))
    return f"{_ARC}{arc}" if arc else ""


def _tempo(reference: ReferenceSong | None) -> str:
    bpm = reference.bpm if reference else None
    return f"Tempo: around {round(bpm)} BPM" if bpm and math.isfinite(bpm) and 1 <= bpm < 1_000 else ""


def _key(reference: ReferenceSong | None) -> str:
    key = _plain((reference and reference.key) or "")[:_LONGEST_KEY]
    return f"Key: {key}" if key else ""


def _mood(brief: MusicBrief) -> str:
    mood = brief.mood or (brief.reference and brief.reference.mood)
    return f"Mood: {mood}" if mood else ""


def _style(reference: ReferenceSong | None) -> str:
    title = _cut(_plain((reference and reference.title) or ""), _LONGEST_NAME)
    artist = _cut(_plain((reference and reference.artist) or ""), _LONGEST_NAME)
    if not title:
        return f"Style similar to {artist}" if artist else ""
    return f'Style similar to "{title}"' + (f" by {artist}" if artist else "")


def _plain(text: str) -> str:
    """A text on one line, without a full stop at its end: one follows anyway."""
    return _BLANK.sub(" ", text).strip(" .")


def _cut(text: str, longest: int) -> str:
    """The beginning of a text, up to the end of a word; within one where words are too long for that."""
    if len(text) <= longest:
        return text
    end = text.rfind(" ", 0, longest + 1)
    return text[: end if end > longest / 2 else max(longest, 0)].rstrip(" .,;:")


def _cost(part: str) -> int:
    return len(part) + len(SEPARATOR) if part else 0


def _joined(parts: list[str]) -> str:
    return SEPARATOR.join(filter(None, parts))
