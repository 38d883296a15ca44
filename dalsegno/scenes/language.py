"""Whether speech is English, which has a model of its own.

One question about a whole transcript needs no model of ninety languages: the commonest words of a language make up two
fifths of its speech, and little of another's. What is not written in Latin letters is not English anyway.
"""

import re
from collections.abc import Sequence

_ENGLISH_WORDS = (
    "the of and to that is it for you was on with as have be at this are not but they his from i he we or she "
    "what there an your which their if will one all would my so when up out can about who them then no some "
    "our just do don't it's i'm you're that's like know get here how in by has had were been her him me us "
    "yes oh go let's let come now"
)
# Words that come up in nearly every sentence of German, French, Spanish, Portuguese, Italian, Dutch, Polish, Swedish,
# Danish, Norwegian, Turkish, Indonesian or Vietnamese, without those that are also English or a mere letter.
_OTHER_WORDS = (
    "der das und ist nicht ich wir ein eine einen mit auf den dem von zu sie auch es hat noch im f\u00fcr sich "
    "le les et est une je nous vous il elle dans pas que qui pour sur des du avec au tout se ce "
    "el los las y con una por para su del lo mi te est\u00e1 pero como m\u00e1s "
    "os um uma \u00e9 n\u00e3o em da ao que voc\u00ea ele ela eu mais foi na seu "
    "gli che di \u00e8 non per sono della mio ma anche "
    "het een van ik niet dat zijn op met voor maar "
    "na \u017ce si\u0119 nie jest jak ale "
    "och att det som \u00e4r jag inte med av har till om "
    "af ikke jeg til og hun "
    "ve bir bu i\u00e7in ne \u00e7ok ben "
    "yang dan itu dengan ini untuk tidak aku kamu "
    "l\u00e0 v\u00e0 c\u1ee7a kh\u00f4ng t\u00f4i m\u1ed9t c\u00f3"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_ENOUGH_WORDS = 30
_SHARE = 0.15


def is_mostly_english(texts: Sequence[str]) -> bool:
    """Whether texts seem to be English; a few words that might be of any language get the benefit of the doubt."""
    words = [word for text in texts for word in _WORD.findall(text.lower().replace("\u2019", "'"))]
    letters = sum(character.isalpha() for text in texts for character in text)
    letters_beyond_latin = sum(
        character > "\u02af" and character.isalpha() for text in texts for character in text
    )
    if letters_beyond_latin > letters / 2:
        return False
    english, others = (sum(word in common for word in words) for common in (_ENGLISH, _OTHERS))
    if others > english:
        return False
    return len(words) < _ENOUGH_WORDS or english >= _SHARE * len(words)
