"""The score as a MIDI file."""

from typing import Any

import mido
import pytest


@pytest.fixture(scope="module")
def file(three_scenes: Any) -> mido.MidiFile:
    """The MIDI file of the piece with two cuts."""
    return mido.MidiFile(three_scenes.folder / "score.mid")


def test_tracks_are_named_after_stem_and_instrument(file: mido.MidiFile) -> None:
    """The first track has the title; the others say who plays in which stem."""
    names = [track.name for track in file.tracks]
    assert all(names)
    assert {"keys: grand piano", "pads: strings"} <= set(names)


def test_markers_and_tempi_stand_at_the_cuts(file: mido.MidiFile) -> None:
    """Played by its own tempo map, the file has its markers within a millisecond of the cuts."""
    time = 0.0
    cuts = []
    tempi: list[int] = []
    for message in mido.merge_tracks(file.tracks):
        tempo = tempi[-1] if tempi else 500_000
        time += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempi.append(message.tempo)
        if message.type == "marker" and message.text.startswith("cut"):
            cuts.append(time)
    assert cuts == pytest.approx([6.3, 12.1], abs=0.001)
    assert len(tempi) >= 2


def test_the_file_is_as_long_as_the_piece(file: mido.MidiFile) -> None:
    """Its last track ends with the music."""
    assert file.length == pytest.approx(17.77, abs=0.002)


def test_every_note_ends(file: mido.MidiFile) -> None:
    """Each note that begins is ended."""
    for track in file.tracks:
        begun = [message for message in track if message.type == "note_on" and message.velocity]
        ended = [message for message in track if message.type == "note_off"]
        assert len(begun) == len(ended), track.name


def test_drums_are_on_channel_ten(file: mido.MidiFile) -> None:
    """General MIDI plays drum kits there, and nothing else."""
    for track in file.tracks:
        channels = {message.channel for message in track if message.type == "note_on"}
        assert (channels == {9}) == any(
            word in track.name for word in ("kit", "orchestral percussion")
        ) or not channels
