"""Instruments that are asked for are heard, and the cue sheet says what became of each."""

import pytest

from dalsegno.composer import Score, compose
from dalsegno.composer.instrument_words import SUBSTITUTES, SYNONYMS, resolve
from dalsegno.composer.instruments import CATALOGUE
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
        ("harpsichords", "harpsichord"),
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


# General MIDI level 1, program by program.
GENERAL_MIDI = (
    "Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano, "
    "Electric Piano 1, Electric Piano 2, Harpsichord, Clavinet, Celesta, Glockenspiel, Music Box, "
    "Vibraphone, Marimba, Xylophone, Tubular Bells, Dulcimer, Drawbar Organ, Percussive Organ, "
    "Rock Organ, Church Organ, Reed Organ, Accordion, Harmonica, Tango Accordion, "
    "Acoustic Guitar (nylon), Acoustic Guitar (steel), Electric Guitar (jazz), Electric Guitar (clean), "
    "Electric Guitar (muted), Overdriven Guitar, Distortion Guitar, Guitar Harmonics, Acoustic Bass, "
    "Electric Bass (finger), Electric Bass (pick), Fretless Bass, Slap Bass 1, Slap Bass 2, "
    "Synth Bass 1, Synth Bass 2, Violin, Viola, Cello, Contrabass, Tremolo Strings, Pizzicato Strings, "
    "Orchestral Harp, Timpani, String Ensemble 1, String Ensemble 2, Synth Strings 1, Synth Strings 2, "
    "Choir Aahs, Voice Oohs, Synth Voice, Orchestra Hit, Trumpet, Trombone, Tuba, Muted Trumpet, "
    "French Horn, Brass Section, Synth Brass 1, Synth Brass 2, Soprano Sax, Alto Sax, Tenor Sax, "
    "Baritone Sax, Oboe, English Horn, Bassoon, Clarinet, Piccolo, Flute, Recorder, Pan Flute, "
    "Blown Bottle, Shakuhachi, Whistle, Ocarina, Lead 1 (square), Lead 2 (sawtooth), Lead 3 (calliope), "
    "Lead 4 (chiff), Lead 5 (charang), Lead 6 (voice), Lead 7 (fifths), Lead 8 (bass + lead), "
    "Pad 1 (new age), Pad 2 (warm), Pad 3 (polysynth), Pad 4 (choir), Pad 5 (bowed), Pad 6 (metallic), "
    "Pad 7 (halo), Pad 8 (sweep), FX 1 (rain), FX 2 (soundtrack), FX 3 (crystal), FX 4 (atmosphere), "
    "FX 5 (brightness), FX 6 (goblins), FX 7 (echoes), FX 8 (sci-fi), Sitar, Banjo, Shamisen, Koto, "
    "Kalimba, Bagpipe, Fiddle, Shanai, Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, "
    "Melodic Tom, Synth Drum, Reverse Cymbal, Guitar Fret Noise, Breath Noise, Seashore, Bird Tweet, "
    "Telephone Ring, Helicopter, Applause, Gunshot"
)


@pytest.mark.parametrize(("program", "name"), list(enumerate(GENERAL_MIDI.split(", "))))
def test_names_of_general_midi_are_played_or_said_to_be_missing(program: int, name: str) -> None:
    """What the font has plays itself; what it lacks is a substitution and says so; noises are no instruments."""
    there = [found.name for found in CATALOGUE.values() if (found.bank, found.program) == (0, program)]
    report = resolve(name)
    if there:
        assert (report.status, list(report.played)) == ("honoured", there)
    elif program >= 120:
        assert report.status == "ignored"
    else:
        assert report.status == "substituted"


@pytest.mark.parametrize(
    "asked", ["bass flute", "prepared piano", "electric violin", "Eb clarinet", "bowed vibraphone"]
)
def test_another_make_of_an_instrument_is_a_substitution(asked: str) -> None:
    """A word that makes it another instrument is not passed over."""
    assert resolve(asked).status == "substituted"


def test_several_instruments_in_one_name_all_play() -> None:
    """Piano and strings are two; what of them is not there is named."""
    both, partly = resolve("piano and strings"), resolve("harp, didgeridoo & zorp")
    assert (both.status, both.played) == ("honoured", ("grand piano", "strings"))
    assert (partly.status, partly.played) == ("substituted", ("harp", "bassoon"))
    assert "didgeridoo" in partly.note
    assert "zorp" in partly.note
