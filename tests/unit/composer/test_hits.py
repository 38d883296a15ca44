"""Something happens on every cut, to be heard and on time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from dalsegno.composer import compose
from dalsegno.models import MOODS, MusicBrief, Scene

RATE = 48_000


def onset(path: Path, cut: float) -> tuple[float, float]:
    """The steepest rise of energy within 50 ms of a cut: (ms from the cut, rise in dB over 8 ms)."""
    audio, _ = soundfile.read(path, dtype="float64")
    middle, reach, window = round(cut * RATE), round(0.05 * RATE), round(0.008 * RATE)
    first = middle - reach - window
    energy = np.square(np.diff(audio[first : middle + reach + window].mean(axis=1)))
    summed = np.concatenate(([0.0], np.cumsum(energy)))
    places = np.arange(window, len(energy) - window)
    before, after = summed[places] - summed[places - window], summed[places + window] - summed[places]
    rise = 10 * np.log10((after + 1e-9) / (before + 1e-9))
    best = int(np.argmax(rise))
    return (places[best] + first - middle) / RATE * 1000, float(rise[best])


def test_hits_are_heard_within_five_milliseconds_of_the_cut(three_scenes: Any) -> None:
    """Upward and downward cuts alike begin with a rise of 10 dB or more, within 5 ms."""
    for cut in (6.3, 12.1):
        offset, rise = onset(three_scenes.folder / "master.wav", cut)
        assert abs(offset) <= 5, cut
        assert rise >= 10, cut


def test_every_mood_hits_on_time(tmp_path: Path, render_piece: Callable[..., Any]) -> None:
    """Ten cuts, each into another mood, soft ones among them."""
    scenes = [
        Scene(start=index * 1.937, end=(index + 1) * 1.937, mood=mood, energy=20 + (index * 37) % 75)
        for index, mood in enumerate(MOODS)
    ]
    render_piece(MusicBrief(duration=19.37, seed=5, scenes=scenes), tmp_path)
    offsets = [onset(tmp_path / "master.wav", scene.start)[0] for scene in scenes[1:]]
    assert all(abs(offset) <= 5 for offset in offsets), offsets


def test_a_cut_just_before_the_end_is_hit_too(tmp_path: Path, render_piece: Callable[..., Any]) -> None:
    """Half a second before the end there is time for a hit, though not for a chord to ring out."""
    scenes = [
        Scene(start=0, end=8.5, mood="epic", energy=80),
        Scene(start=8.5, end=9.0, mood="calm", energy=20),
    ]
    render_piece(MusicBrief(duration=9, seed=5, scenes=scenes), tmp_path)
    offset, rise = onset(tmp_path / "master.wav", 8.5)
    assert abs(offset) <= 5
    assert rise >= 6


def test_notes_on_a_cut_are_not_humanised() -> None:
    """Notes that mark a cut start on it exactly; others about a cut end before it."""
    scenes = [
        Scene(start=0, end=10.01, mood="neutral", energy=50),
        Scene(start=10.01, end=20, mood="happy", energy=60),
    ]
    score = compose(MusicBrief(duration=20, seed=2, scenes=scenes))
    notes = [note for part in score.parts for note in part.notes]
    hits = [note for note in notes if note.hit]
    assert len(hits) >= 4
    assert all(abs(note.start - 10.01) < 1e-9 for note in hits)
    assert not [note for note in notes if note.start < 10.0 and note.start + note.length > 10.0]


def test_the_cue_sheet_says_where_cuts_fall_in_the_music() -> None:
    """Each cut is the first beat of a bar, without error."""
    scenes = [
        Scene(start=0, end=9.2, mood="sad", energy=30),
        Scene(start=9.2, end=20, mood="dark", energy=50),
        Scene(start=20, end=31, mood="sad", energy=30),
    ]
    cues = compose(MusicBrief(duration=31, seed=2, scenes=scenes)).cues
    assert [(cue.time, cue.beat, cue.error_ms, cue.label) for cue in cues] == [
        (9.2, 1.0, 0.0, "sad to dark"),
        (20.0, 1.0, 0.0, "dark to sad"),
    ]
    assert all(cue.instruments for cue in cues)
