"""Whether speech is English: the mood weights know no other language well."""

import re
from collections.abc import Sequence

# The commonest words make up two fifths of English speech and little of any other language's.
_COMMON_WORDS = (
    "the of and to that is it for you was on with as have be at this are not but they his from i he we or she "
    "what there an your which their if will one all would my so when up out can about who them then no some "
    "our just do don't it's i'm you're that's like know get here how"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENOUGH_WORDS = 30
_SHARE = 0.15


def is_mostly_english(texts: Sequence[str]) -> bool:
    """Whether texts seem to be English, by their share of common words; short ones get the benefit of the doubt."""
    words = [word for text in texts for word in _WORD.findall(text.lower().replace("\u2019", "'"))]
    letters_beyond_latin = sum(
        character > "\u02af" and character.isalpha() for text in texts for character in text
    )
    if letters_beyond_latin > sum(map(len, texts)) / 2:
        return False
    if len(words) < _ENOUGH_WORDS:
        return True
    return sum(word in _COMMON for word in words) >= _SHARE * len(words)
