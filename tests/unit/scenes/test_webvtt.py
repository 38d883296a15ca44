"""What real WebVTT files have."""

import pytest

from dalsegno.scenes import read_transcript


def read(body: str) -> list[tuple[float, float, str]]:
    """Start, end and text of each line of a WebVTT file with this body."""
    segments = read_transcript(f"WEBVTT{body}".encode(), "a.vtt")
    return [(segment.start, segment.end, segment.text) for segment in segments]


def test_header_text_and_metadata_are_passed_over() -> None:
    """What stands beside and under WEBVTT is no speech."""
    body = " - Talk\nKind: captions\nLanguage: en\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
    assert read(body + "00:01.000 --> 00:02.000\nHi\n") == [(1.0, 2.0, "Hi")]


def test_notes_styles_and_regions_are_passed_over() -> None:
    """These blocks hold no cue, even a note that tells of a timing."""
    body = "\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\nwidth:40%\n\n"
    body += "NOTE\n00:05.000 --> 00:06.000\nold line\n\n"
    assert read(body + "00:01.000 --> 00:02.000\nHi\n") == [(1.0, 2.0, "Hi")]


def test_cue_names_and_settings_are_passed_over() -> None:
    """An identifier before the times and settings behind them are no text."""
    body = "\n\nintro - 1\n01:00:01.000 --> 01:00:02.000 align:start position:0% line:-1\nHi\n"
    assert read(body) == [(3601.0, 3602.0, "Hi")]


def test_a_missing_blank_line_between_cues() -> None:
    """A timing begins a new cue wherever it stands."""
    body = "\n\n00:01.000 --> 00:02.000\nOne\n00:03.000 --> 00:04.000\nTwo\n"
    assert read(body) == [(1.0, 2.0, "One"), (3.0, 4.0, "Two")]


@pytest.mark.parametrize("before", ["\nKind: captions\nLanguage: en\n", "\n\na name\nof two lines\n"])
def test_a_timing_under_more_lines_than_a_name_begins_a_cue(before: str) -> None:
    """Without a blank line under the header the first cue is heard all the same."""
    assert read(before + "00:01.000 --> 00:02.000\nOne\n") == [(1.0, 2.0, "One")]


def test_a_timing_within_a_note_is_the_notes() -> None:
    """However far down it stands."""
    body = "\n\nNOTE\nan old cue\n00:05.000 --> 00:06.000\nold line\n\n"
    assert read(body + "00:01.000 --> 00:02.000\nHi\n") == [(1.0, 2.0, "Hi")]


def test_converted_twice() -> None:
    """Lines that end in CRCRLF have no blank lines between them."""
    body = "\n\n00:01.000 --> 00:02.000\nOne\n".replace("\n", "\r\r\n")
    assert read(body) == [(1.0, 2.0, "One")]


def test_voices_classes_time_stamps_and_entities() -> None:
    """Markup within a text goes; what it marks stays."""
    body = "\n\n00:01.000 --> 00:05.000\n<v.loud Ann Lee>Salt &amp; <c.yellow>pepper</c>, <00:00:02.500><b>now</b>\n"
    assert read(body) == [(1.0, 5.0, "Salt & pepper, now")]


def test_rolling_captions_are_said_once() -> None:
    """Live captions repeat the line before: in a cue with a new line, and in one too short to be read."""
    body = (
        "\n\n00:00.000 --> 00:02.000\n \nhello<00:00:00.500><c> world</c>\n\n"
        "00:02.000 --> 00:02.010\nhello world\n \n\n"
        "00:02.010 --> 00:04.000\nhello world\nhow are you\n"
    )
    assert [line[2] for line in read(body)] == ["hello world", "how are you"]


def test_a_line_said_twice_is_kept_twice() -> None:
    """A repetition that lasts is speech."""
    body = "\n\n00:00.000 --> 00:01.000\nGo!\n\n00:01.000 --> 00:02.000\nGo!\n"
    assert [line[2] for line in read(body)] == ["Go!", "Go!"]


def test_a_file_without_cues_is_a_transcript_without_speech() -> None:
    """The header alone makes a valid file."""
    assert read("\n") == []
