"""Drums that have a pitch sound in the piece's key."""

import numpy as np
import pytest

from dalsegno.composer import compose
from dalsegno.composer.instruments import CATALOGUE, TUNINGS, tuned
from dalsegno.composer.sampler import builtin_sampler
from dalsegno.composer.theory import NOTE_NAMES
from dalsegno.models import SAMPLE_RATE, MusicBrief


def fundamental(name: str, key: int) -> float:
    """The strongest partial below 200 Hz, as a MIDI key."""
    audio = builtin_sampler().play(CATALOGUE[name].preset, key, 100, 2.0).audio.mean(axis=0)[2_400:48_000]
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), 1 << 19))
    frequencies = np.fft.rfftfreq(1 << 19, 1 / SAMPLE_RATE)
    heard = frequencies[np.argmax(spectrum * ((frequencies > 25) & (frequencies < 200)))]
    return float(69 + 12 * np.log2(heard / 440))


@pytest.mark.parametrize("name", sorted(TUNINGS))
def test_tunings_are_those_of_the_font(name: str) -> None:
    """What the table says a key sounds is what the font plays, within a fifth of a semitone."""
    pitch, step = TUNINGS[name]
    for key in (36, 44, 52):
        assert abs(fundamental(name, key) - (pitch + step * (key - 36))) <= 0.2


@pytest.mark.parametrize("name", sorted(TUNINGS))
def test_every_tonic_or_fifth_can_be_sounded(name: str) -> None:
    """For each key there is a drum note in tune with it."""
    pitch, step = TUNINGS[name]
    for tonic in range(12):
        key = tuned(name, 44, (tonic, (tonic + 7) % 12))
        sounding = pitch + step * (key - 36)
        assert min((sounding - tonic + 0.5) % 12, (sounding - tonic - 7 + 0.5) % 12) <= 1
        assert CATALOGUE[name].low <= key <= CATALOGUE[name].high


def test_others_sound_what_is_written() -> None:
    """Timpani are not moved."""
    assert tuned("timpani", 41, (0,)) == 41


def test_taikos_of_an_epic_piece_are_in_its_key() -> None:
    """Each of their strokes sounds the tonic or the fifth."""
    score = compose(MusicBrief(duration=30, seed=4, mood="epic"))
    tonic = NOTE_NAMES.index(score.key.split()[0])
    pitch, step = TUNINGS["taiko"]
    strokes = [note for part in score.parts if part.instrument == "taiko" for note in part.notes]
    assert strokes
    for stroke in strokes:
        assert round(pitch + step * (stroke.pitch - 36)) % 12 in (tonic, (tonic + 7) % 12)
