"""Reports are settled by the notes."""

from dalsegno.composer.outcomes import heard
from dalsegno.composer.score import InstrumentReport, Note, Part

PIANO = Part("keys", "grand piano", 0.0, 0.0, (Note(0.0, 1.0, 60, 80),))
ASKED = InstrumentReport(
    "piano and harp", "honoured", ("grand piano", "harp"), "Played by grand piano, harp."
)


def test_what_plays_is_honoured() -> None:
    """All parts that were promised are there."""
    harp = Part("lead", "harp", 0.0, 0.0, PIANO.notes)
    assert heard(ASKED, (PIANO, harp)) == ASKED


def test_what_plays_in_part_is_a_substitution() -> None:
    """The note names what is missing."""
    report = heard(ASKED, (PIANO,))
    assert (report.status, report.played) == ("substituted", ("grand piano",))
    assert "harp" in report.note


def test_what_found_no_place_is_ignored() -> None:
    """Nothing is said to play that doesn't."""
    report = heard(ASKED, ())
    assert (report.status, report.played) == ("ignored", ())
