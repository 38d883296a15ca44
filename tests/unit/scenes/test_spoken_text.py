"""What of a cue is speech."""

import pytest

from dalsegno.scenes import read_transcript
from dalsegno.scenes.speech import spoken_text


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<i>Hello</i> <font color='#fff'>there</font>", "Hello there"),
        (r"{\an8}{\i1}Hello{\i0}", "Hello"),
        ("[Applause] Thank you. [laughs]", "Thank you."),
        ("(DOOR SLAMS) Who is it?", "Who is it?"),
        ("I said (quietly) no.", "I said (quietly) no."),
        ("\u266a Fly me to the moon \u266b", "Fly me to the moon"),
        ("# Fly me to the moon #", "Fly me to the moon"),
        ("- Yes.\n- No.", "Yes. No."),
        (">> MARY ANN: Good evening.", "Good evening."),
        ("DR. O'NEIL: Sit down.", "Sit down."),
        ("Remember: five of them.", "Remember: five of them."),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("two\u00a0 \t  words", "two words"),
        ("\u202eab\x07c\x1b[31md", "abc[31md"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("One<br>two<BR />three", "One two three"),
        ("Fish &#" + "9" * 5_000 + "; chips", "Fish chips"),
    ],
)
def test_markup_and_sounds_go_and_speech_stays(text: str, spoken: str) -> None:
    """Each kind of thing that subtitles hold beside words."""
    assert spoken_text(text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "[Music]",
        "(applause)",
        "- (laughs)",
        "\uff08\u62cd\u624b\uff09",
        "\uff3b\u97f3\u697d\uff3d",
        "\u266a\u266a\u266a",
        "...",
        "<i></i>",
    ],
)
def test_a_cue_without_speech_is_dropped(text: str) -> None:
    """Empty cues, sounds and music signs make no segment."""
    srt = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n\n2\n00:00:03,000 --> 00:00:04,000\nHi\n"
    assert [segment.text for segment in read_transcript(srt.encode(), "a.srt")] == ["Hi"]
