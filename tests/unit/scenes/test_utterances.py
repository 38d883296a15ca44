"""How subtitle lines are put together into utterances."""

import pytest

from dalsegno.models import Segment
from dalsegno.scenes.utterance import utterances_of


def segments(*lines: str, length: float = 2.0, gap: float = 0.2) -> list[Segment]:
    """Lines one after another."""
    return [
        Segment(start=index * (length + gap), end=index * (length + gap) + length, text=line)
        for index, line in enumerate(lines)
    ]


def test_a_sentence_over_several_lines_is_one_utterance() -> None:
    """Lines are joined while the sentence goes on, and know which utterance they belong to."""
    first, second = utterances_of(segments("We choose to go", "to the moon.", "And to Mars."))
    assert (first.text, first.segments, first.end) == ("We choose to go to the moon.", (0, 1), 4.2)
    assert (second.text, second.segments) == ("And to Mars.", (2,))


@pytest.mark.parametrize("lines", [("One line", "Another line"), ("It ends.", "then more"), ("a wall:", "b")])
def test_lines_that_stand_alone_stay_alone(lines: tuple[str, str]) -> None:
    """A capital after no comma begins anew, as does anything after the end of a sentence."""
    assert len(utterances_of(segments(*lines))) == 2


def test_a_comma_goes_on_even_before_a_name() -> None:
    """Names are in capitals in mid-sentence."""
    assert len(utterances_of(segments("I went there with,", "Anna and Tom."))) == 1


def test_a_pause_ends_an_utterance() -> None:
    """Speech after two seconds of silence is heard by itself."""
    _, second = utterances_of(segments("we walked", "and walked", gap=2.0))
    assert second.pause == pytest.approx(2.0)


def test_a_long_sentence_is_cut() -> None:
    """Each utterance lasts 12 seconds at most, and says whether it goes on with a sentence."""
    utterances = utterances_of(segments(*["and so on we go,"] * 9, "and stop."))
    assert all(utterance.end - utterance.start <= 12 for utterance in utterances)
    assert [utterance.continues for utterance in utterances] == [False, True]


def test_speech_without_punctuation_is_hardly_joined() -> None:
    """Where sentences of automatic captions end is unknown: at most 6 seconds make an utterance of its own."""
    utterances = utterances_of(segments(*["and so on we go"] * 30))
    assert [utterance.segments for utterance in utterances[:2]] == [(0, 1), (2, 3)]
    assert not any(utterance.continues for utterance in utterances)


def test_lines_without_speech_belong_to_no_utterance() -> None:
    """Sounds and music signs are passed over."""
    (only,) = utterances_of(segments("[Music]", "", "Hello.", "\u266a"))
    assert only.segments == (2,)


def test_words_are_counted_also_where_no_spaces_are_written() -> None:
    """Two characters of Japanese, Chinese or Thai count as a word, so that their pace and length are known."""
    (japanese,) = utterances_of(
        segments("\u96ea\u304c\u97f3\u3082\u306a\u304f\u964d\u308a\u7a4d\u3082\u308b")
    )
    assert japanese.words == 6
    (mixed,) = utterances_of(segments("\u4eca\u5929 we walk"))
    assert mixed.words == 3
    (english,) = utterances_of(segments("we walk on"))
    assert english.words == 3
