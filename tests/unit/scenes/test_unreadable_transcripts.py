"""Transcripts that can't be read: one sentence with file, line and reason."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalsegno.errors import InvalidRequest
from dalsegno.models import Segment
from dalsegno.scenes import read_transcript
from dalsegno.scenes.transcript import MAX_BYTES

GOOD = "1\n00:00:01,000 --> 00:00:02,000\nHi\n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^a\.srt is empty\.$"),
        (" \n\n", r"^a\.srt is empty\.$"),
        ("Dear diary,\nnothing happened.", r"^a\.srt, line 1: .*give SRT, WebVTT or JSON\.$"),
        (GOOD + "2\n00:00:03,000 --> soon\nHi\n", r"^a\.srt, line 6: the times of this cue can't be read\.$"),
        (GOOD + "2\n00:00:05,000 --> 00:00:04,000\nHi\n", r"^a\.srt, line 6: .* before its start at 5 s\.$"),
        (GOOD + "2\n9999:00:00,000 --> 9999:00:01,000\nHi\n", r"^a\.srt, line 6: times must lie between"),
        (GOOD + "2\n-00:00:01,000 --> 00:00:04,000\nHi\n", r"^a\.srt, line 6: the times"),
        ("WEBVTT\n\n00:01.000 --> 1h\nHi\n", r"^a\.srt, line 3: the times"),
        (
            "\n\nWEBVTT\n\nNOTE hm\n\nname\n00:x1.000 --> 1h\nHi\n",
            r"^a\.srt, line 8: the times",
        ),
    ],
)
def test_the_message_names_file_line_and_reason(text: str, message: str) -> None:
    """Lines are counted from 1."""
    with pytest.raises(InvalidRequest, match=message):
        read_transcript(text.encode(), "a.srt")


def test_a_file_too_large_is_refused_unread() -> None:
    """The bound comes before any parsing."""
    with pytest.raises(InvalidRequest, match=r"larger than 32 MiB"):
        read_transcript(b" " * (MAX_BYTES + 1), "a.srt")


def test_a_file_of_too_many_lines_is_refused_unparsed() -> None:
    """Each line costs memory, even an empty one."""
    with pytest.raises(InvalidRequest, match=r"^a\.srt has 1,000,000 lines and more"):
        read_transcript(b"1\n" * 1_000_000, "a.srt")


def test_the_name_can_break_no_message() -> None:
    """Control characters and endless names stay out of messages."""
    with pytest.raises(InvalidRequest) as caught:
        read_transcript(b"", "x" * 5_000 + "\x1b[2J\n.srt")
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 200


def segments_unless_refused(data: bytes) -> list[Segment]:
    """What is read, or nothing where the file is refused."""
    with suppress(InvalidRequest):
        return read_transcript(data, "a.srt")
    return []


ARROW = st.builds(
    "{}:{}:{},{} --> {}:{}:{}".format, *[st.integers(-1, 10**5) | st.just("") for _ in range(7)]
)
LINE = st.text(max_size=20) | ARROW | st.sampled_from(["WEBVTT", "NOTE", "", "1", "<i>", "[{", "-->", "\x00"])


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.lists(LINE, max_size=12).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))
    | st.lists(LINE, max_size=12).map(
        lambda lines: "\n".join(["WEBVTT", *lines]).encode("utf-16", "surrogatepass")
    )
)
def test_any_bytes_give_segments_in_order_or_are_refused(data: bytes) -> None:
    """Nothing but InvalidRequest ever comes out, and what is read keeps the rules of a request."""
    segments = segments_unless_refused(data)
    assert segments == sorted(segments, key=lambda segment: segment.start)
    assert all(segment.text.strip() for segment in segments)


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "text", "segments"]), inner, max_size=4)
    ),
)


@settings(deadline=None)
@given(JSON_VALUE)
def test_any_json_gives_segments_or_is_refused(value: object) -> None:
    """Documents of any shape, with numbers JSON knows and such that it doesn't."""
    document = value if isinstance(value, list | dict) else [value]
    segments_unless_refused(json.dumps(document).encode())
