"""Encodings in which transcripts come."""

import json

import pytest

from bench.scene_lines import held_out
from dalsegno.errors import InvalidRequest
from dalsegno.scenes import read_transcript

RUSSIAN = [
    "Мы долго шли вдоль реки.",
    "Дети смеялись и бежали к морю.",
    "Она открыла окно.",
]
POLISH = [
    "Szli\u015bmy d\u0142ugo wzd\u0142u\u017c rzeki i milczeli\u015bmy.",
    "Kto\u015b stoi za drzwiami, nie ruszaj si\u0119.",
    "\u017b\u00f3\u0142ta \u0142\u00f3d\u017a p\u0142yn\u0119\u0142a powoli.",
]
TEXT = "1\n00:00:01,000 --> 00:00:02,000\nD\u00e9j\u00e0 vu \u2013 \u00e7a va?\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_an_encoding_is_recognised(encoding: str) -> None:
    """With a byte-order mark or without one, accents and dashes come out right."""
    (segment,) = read_transcript(TEXT.encode(encoding), "a.srt")
    assert segment.text == "D\u00e9j\u00e0 vu \u2013 \u00e7a va?"


@pytest.mark.parametrize(
    ("encoding", "lines"),
    [
        ("cp932", [line.text for line in held_out("test_ja")]),
        ("euc_jp", [line.text for line in held_out("test_ja")]),
        ("gb18030", [line.text for line in held_out("test_zh")]),
        ("cp1252", [line.text for line in held_out("test_fr")]),
        ("cp1252", [line.text for line in held_out("test_de")]),
        ("cp1251", RUSSIAN),
        ("koi8_r", RUSSIAN),
        ("cp1250", POLISH * 3),
    ],
)
def test_older_encodings_are_told_by_their_letters(encoding: str, lines: list[str]) -> None:
    """Each letter comes out as it was, though nothing in the file says how it is written."""
    cues = [
        f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{line}\n"
        for number, line in enumerate(lines)
    ]
    written = "\n".join(cues).encode(encoding)
    assert [segment.text for segment in read_transcript(written, "a.srt")] == [
        " ".join(line.split()) for line in lines
    ]


@pytest.mark.parametrize("shift", range(2))
def test_a_long_file_is_told_by_its_beginning_and_read_whole(shift: int) -> None:
    """The beginning that is looked at ends with a line, never within a letter, wherever the letters lie."""
    spoken = "".join(line.text for line in held_out("test_zh"))
    lines = [spoken[at:] + spoken[:at] for at in range(0, 400, 5)]
    cues = [
        f"00:{number // 60:02}:{number % 60:02},000 --> 00:{number // 60:02}:{number % 60:02},900\n{line}\n"
        for number, line in enumerate(lines)
    ]
    written = ("\n" * shift + "\n".join(cues)).encode("gb18030")
    assert not written[65_530:65_542].isascii()
    assert [segment.text for segment in read_transcript(written, "a.srt")] == lines


@pytest.mark.parametrize("encoding", ["cp1251", "gb18030"])
def test_a_long_file_of_a_single_line_is_told_too(encoding: str) -> None:
    """As JSON may be, or a file whose line ends are those of old Macs."""
    spoken = RUSSIAN if encoding == "cp1251" else [line.text for line in held_out("test_zh")]
    items = [
        {"start": number, "end": number + 1, "text": spoken[number % len(spoken)]} for number in range(2_000)
    ]
    written = json.dumps(items, ensure_ascii=False).encode(encoding)
    assert len(written) > 65_536
    assert [segment.text for segment in read_transcript(written, "a.json")] == [
        item["text"] for item in items
    ]


@pytest.mark.parametrize("language", ["de", "ru", "zh"])
def test_one_damaged_byte_does_not_change_the_encoding(language: str) -> None:
    """All other letters come out as they were."""
    lines = {"ru": RUSSIAN}.get(language) or [line.text for line in held_out(f"test_{language}")]
    cues = [
        f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{line}\n"
        for number, line in enumerate(lines)
    ]
    written = "\n".join(cues).encode() + b"\n99\n00:01:39,000 --> 00:01:40,000\nbroken \xff end\n"
    assert [segment.text for segment in read_transcript(written, "a.srt")] == [*lines, "broken \ufffd end"]


def test_a_byte_order_mark_before_webvtt_and_json() -> None:
    """The mark does not hide the format."""
    webvtt = "\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nHi\n".encode()
    segments = '\ufeff[{"start": 1, "end": 2, "text": "Hi"}]'.encode("utf-16-le")
    assert read_transcript(webvtt, "a")[0].text == read_transcript(segments, "a")[0].text == "Hi"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x81\x8d\x90 " * 5, "save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "zero bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, reason: str) -> None:
    """A picture, or text in an encoding unknown here, is told from a transcript."""
    with pytest.raises(InvalidRequest, match=rf"^a\.srt is not text.*{reason}"):
        read_transcript(data, "a.srt")
