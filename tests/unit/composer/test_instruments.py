"""Instruments that are asked for are heard, and the cue sheet says what became of each."""

import pytest

from dalsegno.composer import Score, compose
from dalsegno.composer.instruments import CATALOGUE, SUBSTITUTES, SYNONYMS, resolve
from dalsegno.composer.sampler import builtin_sampler
from dalsegno.models import MusicBrief, Scene


def sounding(score: Score, name: str) -> float:
    """Seconds of notes that an instrument plays."""
    return sum(note.length for part in score.parts if part.instrument == name for note in part.notes)


@pytest.mark.parametrize(
    ("asked", "played"),
    [
        ("strings", "strings"),
        ("lo-fi keys", "electric piano"),
        ("Acoustic Guitar", "steel guitar"),
        ("808", "808 kit"),
        ("PIANO", "grand piano"),
        ("  Violins ", "violin"),
        ("warm analog synth", "polysynth"),
        ("old dusty piano", "grand piano"),
        ("Pan-Flute", "pan flute"),
    ],
)
def test_everyday_words_are_honoured(asked: str, played: str) -> None:
    """Names of General MIDI and of every day lead to an instrument."""
    report = resolve(asked)
    assert (report.status, report.played) == ("honoured", (played,))


def test_what_is_not_there_is_substituted_and_said_so() -> None:
    """The report of a substitution names what is played instead."""
    report = resolve("Didgeridoo")
    assert report.status == "substituted"
    assert report.played == ("bassoon",)
    assert "bassoon" in report.note


@pytest.mark.parametrize("asked", ["zorp", "<script>", "%s%s", "💥", "'; DROP TABLE", "a", "-" * 40])
def test_what_nobody_knows_is_ignored_and_said_so(asked: str) -> None:
    """Unknown and hostile names are reported as ignored."""
    score = compose(MusicBrief(duration=10, seed=1, mood="calm", instruments=[asked]))
    assert [(report.asked, report.status, report.played) for report in score.instruments] == [
        (asked, "ignored", ())
    ]


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_instrument_plays_when_asked_for(name: str) -> None:
    """Each instrument of the catalogue has notes of its own in a ten-second piece of any mood."""
    for mood in ("calm", "energetic"):
        brief = MusicBrief.model_validate({"duration": 10.0, "seed": 4, "mood": mood, "instruments": [name]})
        score = compose(brief)
        assert score.instruments[0].status == "honoured", mood
        assert sounding(score, name) > 0, mood


def test_asked_instruments_play_in_every_scene() -> None:
    """A quiet scene and a loud one both have what was asked for."""
    scenes = [
        Scene(start=0, end=15, mood="calm", energy=10),
        Scene(start=15, end=30, mood="epic", energy=95),
    ]
    score = compose(MusicBrief(duration=30, seed=4, scenes=scenes, instruments=["piano", "strings", "drums"]))
    for section in score.sections:
        assert {"grand piano", "strings", "drum kit"} <= set(section.instruments), section.name


def test_sixteen_instruments_are_all_heard() -> None:
    """The largest number that may be asked for finds its place, even in a short piece."""
    asked = [
        *("piano", "strings", "flute", "violin", "cello", "trumpet", "horn", "harp"),
        *("choir", "bass", "drums", "timpani", "taiko", "marimba", "oboe", "electric guitar"),
    ]
    score = compose(MusicBrief(duration=30, seed=4, mood="epic", instruments=asked))
    assert [report.status for report in score.instruments] == ["honoured"] * 16
    assert all(sounding(score, name) > 0 for report in score.instruments for name in report.played)


def test_the_font_has_every_instrument() -> None:
    """Each instrument of the catalogue sounds at both ends of its range."""
    sampler = builtin_sampler()
    for instrument in CATALOGUE.values():
        keys = (36, 38, 49) if instrument.bank == 128 else (instrument.low, instrument.high)
        for key in keys:
            audio = sampler.play(instrument.preset, key, 90, 0.3).audio
            assert abs(audio).max() > 0.001, (instrument.name, key)


def test_all_words_lead_to_instruments_that_exist() -> None:
    """No synonym and no substitute names something that is not in the catalogue."""
    assert set(SYNONYMS) <= set(CATALOGUE)
    assert set(SUBSTITUTES.values()) <= set(CATALOGUE)
