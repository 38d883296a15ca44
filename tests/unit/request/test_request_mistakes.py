"""What is wrong with a request is said in one plain sentence a mistake, before anything starts."""

import json
from typing import Any

import pytest

from dalsegno.errors import InvalidRequest
from dalsegno.models import MAX_SEGMENTS
from dalsegno.requests import MAX_MISTAKES, parse_request, read_request

GOOD: dict[str, Any] = {"customer_id": "acme", "duration": 30, "mood": "calm"}
SEGMENT = {"start": 0, "end": 1, "text": "x"}


def mistakes(**changes: object) -> list[str]:
    """What is said of a good request with these changes."""
    with pytest.raises(InvalidRequest) as refusal:
        parse_request(GOOD | changes)
    return list(refusal.value.mistakes)


def mistakes_in(text: str | bytes) -> list[str]:
    """What is said of a text that should be a request."""
    with pytest.raises(InvalidRequest) as refusal:
        read_request(text)
    return list(refusal.value.mistakes)


def test_a_good_request_is_read() -> None:
    """Whole numbers serve as seconds; what is not given has its default; a byte order mark is no matter."""
    request = read_request(b"\xef\xbb\xbf" + json.dumps(GOOD | {"seed": 7}).encode())
    assert (request.customer_id, request.duration, request.mood, request.seed) == ("acme", 30.0, "calm", 7)
    assert request.sha256() == parse_request(GOOD | {"seed": 7, "job_id": "j"}).sha256()


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        (-3, "-3"),
        (0, "0"),
        (4.99, "4.99"),
        (600.0000001, "600.0000001"),
        (10**9, "1000000000"),
        (10**4000, "a number that large"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("30", 'the text "30"'),
        (True, "true"),
        (None, "null"),
        ([], "a list"),
    ],
)
def test_an_absurd_duration_is_refused(duration: object, told: str) -> None:
    """Negative, absurd, or no number at all: nothing is started, and the limit is named."""
    assert mistakes(duration=duration) == [f"duration must be between 5 and 600 seconds, not {told}."]


def test_a_missing_duration_is_refused() -> None:
    """The sentence says what it must be."""
    with pytest.raises(InvalidRequest) as refusal:
        parse_request({"customer_id": "acme", "mood": "calm"})
    assert refusal.value.mistakes == ("duration is missing: it must be between 5 and 600 seconds.",)


def test_a_prompt_of_five_megabytes_is_refused() -> None:
    """With its length, not with itself."""
    (mistake,) = mistakes(prompt="x" * 5_000_000)
    assert mistake.startswith("prompt must be text of at most 2,000 characters")
    assert mistake.endswith("not 5,000,000 characters.")


def test_instruments_as_text_are_refused_with_the_way_to_write_them() -> None:
    """The list that was meant is shown."""
    rule = "instruments must be a list of names, at most 16"
    assert mistakes(instruments="piano") == [f'{rule}, not text: try ["piano"].']
    assert mistakes(instruments="piano, cello") == [f'{rule}, not text: try ["piano", "cello"].']
    assert mistakes(instruments={"a": 1}) == [f"{rule}, not an object."]
    assert mistakes(instruments=["a"] * 17) == [f"{rule}, not 17."]


def test_segments_that_are_none_are_refused() -> None:
    """Text, numbers, other fields, missing fields: each place in the list is named."""
    rule = "segments must be a list of objects with start, end and text, at most 20,000"
    assert mistakes(segments="oops") == [f"{rule}, not text."]
    assert mistakes(segments=[SEGMENT, 3]) == [
        "segments[1] must be an object with start, end and text, not a number."
    ]
    assert mistakes(segments=[SEGMENT | {"txt": 1}]) == [
        "There is no field 'txt' in segments[0]; did you mean text?"
    ]
    assert mistakes(segments=[{"start": 0, "end": 1}])[0].startswith("segments[0].text is missing")
    assert mistakes(segments=[SEGMENT] * (MAX_SEGMENTS + 1)) == [f"{rule}, not 20,001."]


def test_segments_run_forward_and_in_order() -> None:
    """Times that can't be are told with the place and both times."""
    backward = {"start": 5, "end": 2, "text": "x"}
    assert mistakes(segments=[SEGMENT, backward]) == ["segments[1]: ends at 2 s, not after its start at 5 s."]
    later = {"start": 7, "end": 8, "text": "x"}
    assert mistakes(segments=[later, SEGMENT]) == [
        "segments: not in order: segment 1 starts at 0 s, before segment 0 at 7 s."
    ]


@pytest.mark.parametrize(
    "customer", ["../../x", "a/b", "a\\b", ".hidden", "-x", "", "é", "a b", "a\x00", "a\n", "x" * 65, 7]
)
def test_a_customer_that_could_leave_its_folder_is_refused(customer: object) -> None:
    """Nothing that is more than a plain name becomes part of a key."""
    (mistake,) = mistakes(customer_id=customer)
    assert mistake.startswith("customer_id must be 1 to 64 letters, digits")


@pytest.mark.parametrize("job", ["../x", "a/b", ".x", "", "x" * 129, "a\n"])
def test_a_job_id_is_a_plain_name_too(job: str) -> None:
    """It is a workflow id, a key and a file name."""
    (mistake,) = mistakes(job_id=job)
    assert mistake.startswith("job_id must be 1 to 128 letters, digits")


@pytest.mark.parametrize(
    ("url", "echo"),
    [
        ("file:///etc/passwd", '"file:///etc/passwd"'),
        ("http://169.254.169.254/", '"http://169.254.169.254/"'),
        ("https://youtu.be/x", '"https://youtu.be/x"'),
        (3, "3"),
        ("", '""'),
    ],
)
def test_an_address_that_names_no_video_is_refused(url: object, echo: str) -> None:
    """Whatever it is: nobody goes there."""
    (mistake,) = mistakes(youtube_url=url)
    assert mistake == (
        "youtube_url must be the https address of one video on youtube.com, youtu.be or music.youtube.com, "
        f"not {echo}."
    )


@pytest.mark.parametrize(("path", "echo"), [("", '""'), ("a\x00b", '"a\ufffdb"'), (7, "7")])
def test_a_reference_audio_is_a_path(path: object, echo: str) -> None:
    """Whether there is a file, and what is in it, is looked at where the job is started."""
    assert mistakes(reference_audio=path) == [
        f"reference_audio must be the path of an audio file, without control characters, not {echo}."
    ]


def test_a_forged_reference_song_is_no_field() -> None:
    """What is known of a song comes from its analysis alone."""
    assert mistakes(referenceSong={"title": "x"}) == [
        "There is no field 'referenceSong'; did you mean reference_audio?"
    ]
    assert mistakes(reference_song={"title": "x"}) == [
        "There is no field 'reference_song'; did you mean reference_audio?"
    ]


@pytest.mark.parametrize(("wrong", "right"), [("customerId", "customer_id"), ("instrument", "instruments")])
def test_a_field_that_was_nearly_right_is_suggested(wrong: str, right: str) -> None:
    """Also where only the spelling differs between languages."""
    assert mistakes(**{wrong: "x"}) == [f"There is no field '{wrong}'; did you mean {right}?"]


def test_a_provider_that_is_not_there_is_refused() -> None:
    """With those that are."""
    assert mistakes(provider="suno") == ["There is no provider 'suno': choose one of builtin, mureka."]
    assert mistakes(provider="X\x1b[31m") == [
        "There is no provider 'X\ufffd[31m': choose one of builtin, mureka."
    ]
    assert mistakes(provider=["builtin"]) == [
        "There is no provider like a list: choose one of builtin, mureka."
    ]
    assert parse_request(GOOD | {"provider": "builtin"}).provider == "builtin"


def test_a_request_that_says_nothing_of_the_music_is_refused() -> None:
    """Something has to say what it should be like; a blank prompt does not."""
    (mistake,) = mistakes(mood=None, prompt=" \n")
    assert mistake.startswith("Say what the music should be like: ")


def test_several_mistakes_are_told_together() -> None:
    """One sentence each, so that one round is enough."""
    told = mistakes(duration=1, mood="angry", stems=1, seed=-1, provider="x")
    assert [sentence.split()[0] for sentence in told] == ["There", "duration", "mood", "seed", "stems"]
    assert 'not "angry".' in told[2]


def test_of_very_many_mistakes_the_first_are_told() -> None:
    """And how many more there are."""
    told = mistakes(segments=[3] * 500)
    assert len(told) == MAX_MISTAKES + 1
    assert told[-1] == "And 490 more."
    assert told[0].startswith("segments[0] must")


@pytest.mark.parametrize("evil", ["\x1b[2J\x07evil", "a\u202eb", "line\nline", "x" * 5_000, "\ud800"])
def test_what_is_echoed_is_short_and_harmless(evil: str) -> None:
    """No control character, no change of direction, no flood reaches a terminal or a page."""
    for told in (
        mistakes(mood=evil),
        mistakes(**{evil: 1}),
        mistakes(provider=evil),
        mistakes(duration=evil),
    ):
        (sentence,) = told
        assert sentence.isprintable()
        assert len(sentence) < 200
        sentence.encode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The request is not JSON: Expecting value at line 1, column 1."),
        ('{"a":\n}', "The request is not JSON: Expecting value at line 2, column 1."),
        ("[1]", "The request must be an object with named fields, not a list."),
        ("null", "The request must be an object with named fields, not null."),
        ('"x"', "The request must be an object with named fields, not text."),
        ("[" * 100_000, "The request is nested too deeply to be read."),
        ('{"duration": NaN}', "The request is not JSON: NaN is no number there."),
        ('{"duration": -Infinity}', "The request is not JSON: -Infinity is no number there."),
        ('{"mood": "calm", "mood": "sad"}', "The field 'mood' is given twice."),
        ('{"seed": ' + "9" * 5_000 + "}", "The request holds a number of 5,000 digits."),
        (b"\xff\xfe{\x00}\x00", "The request is not text in UTF-8: byte 1 can't be read."),
        (b'{"mood": "\xc3"}', "The request is not text in UTF-8: byte 11 can't be read."),
    ],
    ids=str,
)
def test_a_broken_file_is_told_what_is_broken(text: str | bytes, told: str) -> None:
    """JSON that is none, doubtful JSON, and JSON that is no request."""
    assert mistakes_in(text) == [told]


def test_a_number_beyond_all_bounds_is_refused_by_its_field() -> None:
    """JSON allows 1e999; no duration is infinite."""
    assert mistakes_in('{"customer_id": "a", "mood": "calm", "duration": 1e999}') == [
        "duration must be between 5 and 600 seconds, not inf."
    ]


def test_names_of_fields_are_text() -> None:
    """A mapping from elsewhere, or half a character, is refused like any mistake."""
    with pytest.raises(InvalidRequest, match="name of a field is not text"):
        parse_request({1: 2})  # type: ignore[dict-item]  # what a caller without types may hand over
    assert mistakes(**{"x\ud800": 1}) == ["The name of a field is not text."]
    assert mistakes(segments=[SEGMENT | {"x\ud800": 1}]) == ["The name of a field is not text."]
