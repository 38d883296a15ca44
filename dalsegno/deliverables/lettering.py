"""Text in a picture: only what the bundled font can draw, on one line, no wider than its place."""

import unicodedata
from functools import cache

from PIL import ImageFont

ELLIPSIS = "…"
# More than any line of a picture holds: bounds the work on a text of any length.
LONGEST_LINE = 400
_NO_CHARACTER = "\uffff"


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font, the same on every machine."""
    loaded = ImageFont.load_default(size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType, which pictures with text need")
    return loaded


@cache
def _has_glyph(character: str) -> bool:
    drawn, missing = font(16).getmask(character), font(16).getmask(_NO_CHARACTER)
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)


def drawable(text: str) -> str:
    """The text on one line in characters of the bundled font.

    The font knows little beyond ASCII: accents are taken off, every dash becomes a hyphen, and what then has
    no glyph (emoji, other scripts, control characters) is left out. May be empty.
    """
    kept = []
    for character in unicodedata.normalize("NFKD", text[:LONGEST_LINE]):
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character) == "Pd":
            kept.append("-")
        elif _has_glyph(character):
            kept.append(character)
    return " ".join("".join(kept).split())


def shortened(text: str, size: float, width: float) -> str:
    """The text cut to `width` pixels at font size `size`, with an ellipsis where it was cut; may be empty."""
    if font(size).getlength(text) <= width:
        return text
    while text and font(size).getlength(text.rstrip() + ELLIPSIS) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text.strip() else ""
