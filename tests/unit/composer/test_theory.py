"""Keys, chords and voice leading."""

import pytest

from dalsegno.composer.theory import Key, chord, nearest, parse_key, voice


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("C major", "C major"),
        ("a minor", "A minor"),
        ("Bb", "Bb major"),
        ("F#m", "F# minor"),
        ("C sharp minor", "C# minor"),
        ("E flat major", "Eb major"),
        ("G♭ major", "F# major"),
    ],
)
def test_names_of_keys_are_read(text: str, name: str) -> None:
    """In all the ways in which they are written."""
    key = parse_key(text)
    assert key
    assert key.name == name


@pytest.mark.parametrize("text", ["", "H major", "C locrian", "major", "C major 7", "💥"])
def test_what_is_no_key_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert parse_key(text) is None


def test_a_relative_key_has_the_same_notes() -> None:
    """A minor and C major."""
    assert Key(9, "minor").relative() == Key(0, "major")
    assert Key(0, "major").relative() == Key(9, "minor")


def test_chords_are_built_on_the_scale() -> None:
    """Triads, sevenths, and the major dominant of a minor key."""
    assert chord(Key(0, "major"), "1").pitches == (0, 4, 7)
    assert chord(Key(0, "major"), "57").pitches == (7, 11, 2, 5)
    assert chord(Key(9, "minor"), "5").pitches == (4, 7, 11)
    assert chord(Key(9, "minor"), "5D7").pitches == (4, 8, 11, 2)


def test_voices_move_little() -> None:
    """From C to F the common tone stays and the others step."""
    key = Key(0, "major")
    first = voice(chord(key, "1"), (), 48, 72)
    second = voice(chord(key, "4"), first, 48, 72)
    moves = [min(abs(tone - other) for other in first) for tone in second]
    assert max(moves) <= 2
    assert {tone % 12 for tone in second} == {5, 9, 0}


def test_the_nearest_tone_of_a_chord_is_found() -> None:
    """Across the octave's border too."""
    assert nearest((0, 4, 7), 71) == 72
    assert nearest((0, 4, 7), 62) == 60
