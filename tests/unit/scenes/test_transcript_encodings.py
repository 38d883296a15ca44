"""Encodings in which transcripts come."""

import pytest

from dalsegno.errors import InvalidRequest
from dalsegno.scenes import read_transcript

TEXT = "1\n00:00:01,000 --> 00:00:02,000\nD\u00e9j\u00e0 vu \u2013 \u00e7a va?\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_an_encoding_is_recognised(encoding: str) -> None:
    """With a byte-order mark or without one, accents and dashes come out right."""
    (segment,) = read_transcript(TEXT.encode(encoding), "a.srt")
    assert segment.text == "D\u00e9j\u00e0 vu \u2013 \u00e7a va?"


def test_a_byte_order_mark_before_webvtt_and_json() -> None:
    """The mark does not hide the format."""
    webvtt = "\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nHi\n".encode()
    json = '\ufeff[{"start": 1, "end": 2, "text": "Hi"}]'.encode("utf-16-le")
    assert read_transcript(webvtt, "a")[0].text == read_transcript(json, "a")[0].text == "Hi"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x81\x8d\x90 " * 9, "save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "zero bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, reason: str) -> None:
    """A picture, or text in an encoding unknown here, is told from a transcript."""
    with pytest.raises(InvalidRequest, match=rf"^a\.srt is not text.*{reason}"):
        read_transcript(data, "a.srt")
