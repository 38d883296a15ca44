"""Lines longer than a segment may be."""

from itertools import pairwise

import pytest

from dalsegno.errors import InvalidRequest
from dalsegno.models import MAX_SEGMENTS
from dalsegno.scenes import read_transcript


def srt(text: str) -> bytes:
    """An SRT file of one cue from 10 s to 110 s."""
    return f"1\n00:00:10,000 --> 00:01:50,000\n{text}\n".encode()


def test_a_long_line_is_split_at_its_sentences() -> None:
    """No piece is longer than 1,000 characters, none ends in mid-sentence, nothing is lost."""
    text = " ".join(f"This is sentence number {number} of a long speech." for number in range(60))
    segments = read_transcript(srt(text), "a.srt")
    assert " ".join(segment.text for segment in segments) == text
    assert len(segments) > 2
    assert all(len(segment.text) <= 1_000 and segment.text.endswith(".") for segment in segments)


def test_the_time_is_shared_out_by_length() -> None:
    """The pieces follow each other without gaps, from the cue's start to its end."""
    segments = read_transcript(srt("Word and word and word. " * 100), "a.srt")
    assert (segments[0].start, segments[-1].end) == (10.0, 110.0)
    assert all(before.end == after.start for before, after in pairwise(segments))
    paces = [len(segment.text) / (segment.end - segment.start) for segment in segments]
    assert max(paces) < 1.1 * min(paces)


def test_without_sentences_it_is_split_between_words_and_without_words_anywhere() -> None:
    """Speech without punctuation, and a text that is no speech at all."""
    words = read_transcript(srt("word " * 500), "a.srt")
    assert all(set(segment.text.split()) == {"word"} for segment in words)
    assert [len(segment.text) for segment in read_transcript(srt("x" * 2_500), "a.srt")] == [
        1_000,
        1_000,
        500,
    ]


@pytest.mark.timeout(30)  # a second if each mark is looked at once, minutes if not
def test_sentence_marks_without_end_are_looked_at_once() -> None:
    """A text made to be slow to search is not."""
    segments = read_transcript(srt("a" + "!" * 19_000_000 + "a"), "a.srt")
    assert sum(len(segment.text) for segment in segments) == 19_000_002


def test_pieces_and_the_cues_they_overlap_are_sorted() -> None:
    """Segments come in order of their starts, even where a long line is split across another."""
    data = srt("Word and word and word. " * 100) + b"\n2\n00:00:30,000 --> 00:00:31,000\nHi\n"
    starts = [segment.start for segment in read_transcript(data, "a.srt")]
    assert starts == sorted(starts)
    assert starts.index(30.0) not in (0, len(starts) - 1)


def test_more_lines_than_a_request_may_have_are_refused() -> None:
    """The limit is named."""
    cue = "00:00:01,000 --> 00:00:02,000\nHi\n\n"
    assert len(read_transcript((cue * MAX_SEGMENTS).encode(), "a.srt")) == MAX_SEGMENTS
    with pytest.raises(InvalidRequest, match=r"^a\.srt has more than 20,000 lines of speech\.$"):
        read_transcript((cue * (MAX_SEGMENTS + 1)).encode(), "a.srt")
