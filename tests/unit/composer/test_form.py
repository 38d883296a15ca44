"""The form of a piece."""

import pytest

from dalsegno.composer import compose
from dalsegno.composer.form import middle_form, scene_form, whole_form
from dalsegno.models import MOODS, MusicBrief, Scene


@pytest.mark.parametrize("duration", [30.0, 60.0, 180.0, 600.0])
def test_pieces_of_half_a_minute_and_more_have_a_whole_form(duration: float) -> None:
    """Intro, statement, development, climax, ending, in this order, and the climax is the strongest."""
    for mood in MOODS:
        sections = compose(MusicBrief(duration=duration, seed=3, mood=mood)).sections
        names = [section.name for section in sections]
        places = [names.index(name) for name in ("intro", "statement", "development", "climax", "ending")]
        assert places == sorted(places), mood
        assert names[-1] == "ending"
        strongest = max(sections, key=lambda section: section.energy)
        assert strongest.name == "climax", mood


@pytest.mark.parametrize("bars", range(1, 140))
def test_forms_use_up_all_bars(bars: int) -> None:
    """Whatever the number of bars, sections fill them and none is empty."""
    for ring_out in (1, 2):
        if bars >= ring_out:
            forms = [
                whole_form(bars, ring_out),
                scene_form(bars, ring_out, first=True, strong=False, develops=False),
                scene_form(bars, 0, first=False, strong=False, develops=True),
                scene_form(bars, 0, first=False, strong=True, develops=False),
            ]
            for form in forms:
                assert sum(count for _, count in form) == bars
                assert all(count > 0 for _, count in form)
    assert sum(count for _, count in middle_form(bars)) == bars


@pytest.mark.parametrize("mood", MOODS)
def test_the_piece_ends_at_home(mood: str) -> None:
    """The last chord stands on the tonic, is held for two seconds or more, and is released before the end."""
    score = compose(MusicBrief.model_validate({"duration": 40.0, "seed": 9, "mood": mood}))
    tonic = {
        "C": 0, "C#": 1, "D": 2, "Eb": 3, "E": 4, "F": 5, "F#": 6, "G": 7, "Ab": 8, "A": 9, "Bb": 10, "B": 11,
    }[score.key.split()[0]]  # fmt: skip
    bass = [note for part in score.parts if part.stem == "bass" for note in part.notes]
    last = max(bass, key=lambda note: note.start)
    assert last.pitch % 12 == tonic
    ends = [note.start + note.length for part in score.parts for note in part.notes if part.stem != "drums"]
    assert max(ends) <= 40 - score.tail + 1e-6
    assert 40 - last.start >= 2


def test_a_prompt_that_builds_grows_to_the_end() -> None:
    """The word "building" makes energies rise from section to section."""
    sections = compose(MusicBrief(duration=60, seed=3, mood="inspiring", prompt="building")).sections
    energies = [section.energy for section in sections]
    assert energies == sorted(energies)
    assert energies[-1] - energies[0] >= 20


def test_a_plan_of_scenes_has_a_form_too() -> None:
    """It begins with an intro, has its climax in the strongest scene, develops its motif, and ends."""
    energies = (40, 55, 30, 65, 45, 60)
    scenes = [
        Scene(start=20.0 * number, end=20.0 * number + 20, mood=mood, energy=energy)
        for number, (mood, energy) in enumerate(zip(MOODS, energies, strict=False))
    ]
    sections = compose(MusicBrief(duration=120, seed=3, scenes=scenes)).sections
    names = [section.name for section in sections]
    assert names[0] == "intro"
    assert names[-1] == "ending"
    assert names.count("climax") == 1
    assert sections[names.index("climax")].start >= 60
    assert sections[names.index("climax")].end <= 80 + 1e-6
    assert {"statement", "development"} <= set(names)
