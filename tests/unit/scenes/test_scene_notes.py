"""What the analysis says about what it left out."""

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


def test_other_languages_are_noted() -> None:
    """Moods are heard in English; elsewhere the user is told."""
    note = "The transcript does not seem to be English: its moods are less certain."
    german = "Wir gingen lange am Fluss entlang und sprachen kaum ein Wort miteinander."
    assert analyze(lines(*range(0, 30, 3), text=german), 60).notes == [note]
    japanese = "\u5ddd\u306b\u6cbf\u3063\u3066\u6b69\u3044\u305f\u3002"
    assert analyze(lines(0.0, text=japanese), 60).notes == [note]
    english = "We walked along the river for a long time and hardly said a word."
    assert analyze(lines(*range(0, 30, 3), text=english), 60).notes == []
    few_words = "Champions keep training."
    assert analyze(lines(0.0, text=few_words), 60).notes == []
