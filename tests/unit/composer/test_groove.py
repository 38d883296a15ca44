"""Grooves, their fills, and the hand that plays them."""

import pytest

from dalsegno.composer import compose
from dalsegno.composer.groove import GROOVES, HIGH_TOM, MIDDLE_TOM, bar_of_drums, with_fill
from dalsegno.composer.randomness import generator
from dalsegno.models import MusicBrief

KIT = "drum kit"


@pytest.mark.parametrize("name", sorted(GROOVES))
def test_grooves_grow_with_the_energy(name: str) -> None:
    """Strong passages have more strokes than still ones; all lie within the bar."""
    still, strong = (bar_of_drums(GROOVES[name], KIT, 4.0, energy, 1.0) for energy in (20.0, 95.0))
    assert len(strong) > len(still)
    assert all(0 <= stroke.beat < 4 for stroke in strong)


def test_a_fill_takes_the_end_of_the_bar_and_grows() -> None:
    """The bar's last two beats go to the toms, from high to low, louder and louder; the rest stays."""
    groove = GROOVES["pop"]
    plain = bar_of_drums(groove, KIT, 4.0, 80.0, 1.0)
    filled = with_fill(plain, groove, KIT, 4.0, 80.0, generator(1, "fill"))
    assert [stroke for stroke in plain if stroke.beat < 2] == [stroke for stroke in filled if stroke.beat < 2]
    added = [stroke for stroke in filled if stroke not in plain]
    toms = [key for _, key in groove.fill]
    assert [toms.index(stroke.key) for stroke in added] == sorted(toms.index(stroke.key) for stroke in added)
    assert [stroke.velocity for stroke in added] == sorted(stroke.velocity for stroke in added)
    assert added


@pytest.mark.parametrize("seed", range(5))
def test_a_boundary_is_led_into_by_a_fill(seed: int) -> None:
    """The last bar before each section but the first has strokes on toms that the groove itself never touches."""
    score = compose(MusicBrief(duration=60, seed=seed, mood="inspiring", instruments=["drums"]))
    (kit,) = (part for part in score.parts if part.instrument == KIT)
    for section in score.sections[1:]:
        led = [note for note in kit.notes if section.start - 2.0 <= note.start < section.start - 0.02]
        assert {HIGH_TOM, MIDDLE_TOM} & {note.pitch for note in led}, section.name


def test_notes_are_played_by_hand() -> None:
    """Off the cuts, starts and velocities stray a little from the grid, by 18 ms at most."""
    score = compose(MusicBrief(duration=30, seed=4, mood="inspiring"))
    keys = [note for part in score.parts if part.stem == "keys" for note in part.notes]
    mark = score.tempo_map[0]
    strays = [
        (beat - round(beat * 4) / 4) * 60 / mark.bpm for beat in (note.start * mark.bpm / 60 for note in keys)
    ]
    assert max(map(abs, strays)) <= 0.018 + 1e-6
    assert sum(abs(stray) > 0.002 for stray in strays) >= len(strays) / 2
    assert len({note.velocity for note in keys}) >= 10
