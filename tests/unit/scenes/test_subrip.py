"""What real SRT files have."""

from dalsegno.scenes import read_transcript


def read(text: str) -> list[tuple[float, float, str]]:
    """Start, end and text of each line of an SRT file."""
    return [(segment.start, segment.end, segment.text) for segment in read_transcript(text.encode(), "a.srt")]


def test_lines_of_a_cue_are_joined() -> None:
    """A cue of two lines is one segment."""
    assert read("1\n00:00:01,500 --> 00:00:03,250\nOne\ntwo\n") == [(1.5, 3.25, "One two")]


def test_windows_line_ends_and_old_mac_line_ends() -> None:
    """CRLF and CR separate lines as LF does, as does the CRCRLF of files that were converted twice."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n"
    expected = [(1.0, 2.0, "One"), (3.0, 4.0, "Two")]
    assert read(text.replace("\n", "\r\n")) == expected
    assert read(text.replace("\n", "\r")) == expected
    assert read(text.replace("\n", "\r\r\n")) == expected


def test_hours_and_thousandths_may_be_left_out() -> None:
    """Times such as 01:02,5 and 01:02 are read."""
    assert read("1\n01:02,5 --> 01:04\nHi\n") == [(62.5, 64.0, "Hi")]


def test_full_stop_before_the_thousandths() -> None:
    """Many tools write 00:00:01.000."""
    assert read("1\n00:00:01.000 --> 00:00:02.000\nHi\n") == [(1.0, 2.0, "Hi")]


def test_coordinates_after_the_times() -> None:
    """Positions behind the times are no part of anything."""
    assert read("1\n00:00:01,000 --> 00:00:02,000 X1:10 X2:20 Y1:5 Y2:9\nHi\n") == [(1.0, 2.0, "Hi")]


def test_missing_blank_lines_between_cues() -> None:
    """The number of the next cue does not become text."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo"
    assert read(text) == [(1.0, 2.0, "One"), (3.0, 4.0, "Two")]


def test_blank_lines_within_a_cue() -> None:
    """A text goes on after a blank line."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\nmore\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo"
    assert read(text) == [(1.0, 2.0, "One more"), (3.0, 4.0, "Two")]


def test_a_text_that_is_a_number() -> None:
    """The last cue's number is speech."""
    assert read("1\n00:00:01,000 --> 00:00:02,000\n42") == [(1.0, 2.0, "42")]


def test_cues_out_of_order_are_sorted() -> None:
    """Segments come in order of their starts."""
    text = "2\n00:00:03,000 --> 00:00:04,000\nTwo\n\n1\n00:00:01,000 --> 00:00:02,000\nOne\n"
    assert [line[2] for line in read(text)] == ["One", "Two"]


def test_overlaps_and_gaps_are_kept() -> None:
    """Times are those of the file."""
    text = "1\n00:00:01,000 --> 00:00:05,000\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n\n"
    text += "3\n00:01:00,000 --> 00:01:01,000\nThree\n"
    assert [line[:2] for line in read(text)] == [(1.0, 5.0), (3.0, 4.0), (60.0, 61.0)]


def test_a_cue_of_no_length_is_kept() -> None:
    """Speech recognisers write cues that end as they begin: the speech stays, for a millisecond."""
    assert read("1\n00:00:01,000 --> 00:00:01,000\nYou\n") == [(1.0, 1.001, "You")]


def test_an_arrow_in_speech() -> None:
    """An arrow is a timing only where a time comes before it."""
    assert read("1\n00:00:01,000 --> 00:00:02,000\nfrom A --> to B\n") == [(1.0, 2.0, "from A --> to B")]


def test_blank_lines_between_all_lines() -> None:
    """A number apart from its timing is a number still; one that follows the timing before is speech."""
    text = "1\n\n00:00:01,000 --> 00:00:02,000\n\nOne\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nTwo\n"
    assert read(text) == [(1.0, 2.0, "One"), (3.0, 4.0, "Two")]
    unnumbered = "00:00:01,000 --> 00:00:02,000\n42\n\n00:00:03,000 --> 00:00:04,000\nTwo\n"
    assert read(unnumbered) == [(1.0, 2.0, "42"), (3.0, 4.0, "Two")]


def test_line_ends_that_only_unicode_knows() -> None:
    """They part words, as any line end does."""
    assert read("1\n00:00:01,000 --> 00:00:02,000\nOne\u2028two\x0bthree\x85four\n") == [
        (1.0, 2.0, "One two three four")
    ]
