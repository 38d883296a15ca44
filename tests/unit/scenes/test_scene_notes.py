"""What the analysis says about what it left out."""

import pytest

from dalsegno.models import Segment
from dalsegno.scenes import analyze


def lines(*starts: float, text: str = "We walked along the river.") -> list[Segment]:
    """Two-second lines."""
    return [Segment(start=start, end=start + 2, text=text) for start in starts]


def test_lines_after_the_end_are_left_out_with_a_note() -> None:
    """The number and the limit are named."""
    assert analyze(lines(0.0, 100.0, 180.0, 200.0), 180).notes == ["2 lines after 180 s were left out."]
    assert analyze(lines(0.0, 200.0), 180).notes == ["1 line after 180 s was left out."]
    assert analyze(lines(0.0, 100.0), 180).notes == []


def test_nothing_but_lines_after_the_end() -> None:
    """One neutral scene, and the note says why."""
    analysis = analyze(lines(200.0, 300.0), 180)
    assert [(scene.start, scene.end, scene.mood) for scene in analysis.context.scenes] == [
        (0, 180, "neutral")
    ]
    assert analysis.notes == ["2 lines after 180 s were left out."]
    assert analysis.segments == []


def test_no_speech_at_all() -> None:
    """No lines, or only sounds: one neutral scene; a sound is neutral, at the confidence of chance."""
    assert analyze([], 60).notes == ["The transcript holds no speech."]
    analysis = analyze(lines(0.0, text="[Music]"), 60)
    assert analysis.notes == ["The transcript holds no speech."]
    assert [(mood.mood, mood.confidence) for mood in analysis.segments] == [("neutral", 0.1)]


GERMAN = lines(
    *range(0, 30, 3), text="Wir gingen lange am Fluss entlang und sprachen kaum ein Wort miteinander."
)
JAPANESE = lines(0.0, text="\u5ddd\u306b\u6cbf\u3063\u3066\u6b69\u3044\u305f\u3002")


@pytest.mark.parametrize("spoken", [GERMAN, JAPANESE])
def test_other_languages_without_the_extra_are_noted(
    spoken: list[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moods are guessed, and the user is told so, and what to install."""
    monkeypatch.setattr("dalsegno.scenes.mood.find_spec", lambda _: None)
    (note,) = analyze(spoken, 60).notes
    assert note.startswith("The transcript does not seem to be English")
    assert "install dalsegno[languages]" in note


@pytest.mark.parametrize("spoken", [GERMAN, JAPANESE])
def test_other_languages_with_the_extra_need_no_note(spoken: list[Segment]) -> None:
    """Their moods are heard as well as those of English."""
    assert analyze(spoken, 60).notes == []


def test_english_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a model of its own; a few words that might be of any language are taken for English."""
    monkeypatch.setattr("dalsegno.scenes.mood.find_spec", lambda _: None)
    english = "We walked along the river for a long time and hardly said a word."
    assert analyze(lines(*range(0, 30, 3), text=english), 60).notes == []
    assert analyze(lines(0.0, text="Champions keep training."), 60).notes == []


def test_each_language_is_heard_by_its_model() -> None:
    """A German horror is dark by the model of the extra; the English one can't tell."""
    horror = [
        Segment(start=5.0 * number, end=5.0 * number + 4, text=text)
        for number, text in enumerate(
            (
                "Im Keller fanden sie die Leichen, eingemauert und ohne Augen.",
                "Der M\u00f6rder bewahrte die Finger seiner Opfer in einem Glas auf.",
                "Etwas kratzt von innen am Sargdeckel.",
                "Sie trieben die Menschen in die Scheune und z\u00fcndeten sie an.",
            )
        )
    ]
    assert [scene.mood for scene in analyze(horror, 20).context.scenes] == ["dark"]
