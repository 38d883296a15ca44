"""Subtitle lines put together into utterances: a sentence is heard as a whole, however its cues are cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dalsegno.models import Segment
from dalsegno.scenes.speech import spoken_text

_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f:;][\"')\\]\u201d\u2019]*$")
_BROKEN_OFF = re.compile(
    r"[,\u2013\u2014-]$|\b(?:and|or|but|the|a|an|of|to|in|for|with|that)$", re.IGNORECASE
)
# Kana, Han characters, Thai, Lao, Burmese, Khmer: written without spaces.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
# An utterance is short enough for a mood to be one, and for scenes to turn between utterances.
_LONGEST = 12.0
_MOST_WORDS = 40
_PAUSE = 1.5
# Automatic captions often have no punctuation: who knows where their sentences end joins little.
_LONGEST_UNPUNCTUATED = 6.0
_PUNCTUATED = 0.1


@dataclass(frozen=True)
class Utterance:
    """A stretch of speech.

    Attributes:
        start: seconds.
        end: seconds, after `start`.
        text: what is said, never empty.
        segments: indices of the transcript's lines that it is made of.
        pause: seconds between it and the end of the utterance before it; 0 where they overlap.
        continues: it goes on with a sentence that the utterance before it has begun.
    """

    start: float
    end: float
    text: str
    segments: tuple[int, ...]
    pause: float
    continues: bool

    @property
    def words(self) -> int:
        """How many words are said. Where none are set apart, two characters count as one."""
        return len(_UNSPACED.sub("", self.text).split()) + (len(_UNSPACED.findall(self.text)) + 1) // 2


def utterances_of(segments: Sequence[Segment]) -> list[Utterance]:
    """The utterances of a transcript, in order; lines without speech belong to none.

    Args:
        segments: in order of their starts.
    """
    spoken = [(index, text) for index, segment in enumerate(segments) if (text := spoken_text(segment.text))]
    ends = sum(_SENTENCE_END.search(text) is not None for _, text in spoken)
    punctuated = ends >= _PUNCTUATED * len(spoken)
    longest = _LONGEST if punctuated else _LONGEST_UNPUNCTUATED
    utterances: list[Utterance] = []
    for index, text in spoken:
        segment = segments[index]
        heard_to = utterances[-1].end if utterances else 0.0
        one = Utterance(
            segment.start, segment.end, text, (index,), max(0.0, segment.start - heard_to), continues=False
        )
        if utterances and _goes_on(utterances[-1].text, text, one.pause):
            joined = _join(utterances[-1], one)
            if joined.end - joined.start <= longest and joined.words <= _MOST_WORDS:
                utterances[-1] = joined
                continue
            one = replace(one, continues=punctuated)
        utterances.append(one)
    return utterances


def _goes_on(before: str, text: str, pause: float) -> bool:
    """Whether a line goes on with the sentence of the line before."""
    if pause > _PAUSE or _SENTENCE_END.search(before):
        return False
    return text[0].islower() or _BROKEN_OFF.search(before) is not None


def _join(first: Utterance, second: Utterance) -> Utterance:
    return Utterance(
        first.start,
        max(first.end, second.end),
        f"{first.text} {second.text}",
        first.segments + second.segments,
        first.pause,
        first.continues,
    )
