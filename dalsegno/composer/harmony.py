"""The chords of a passage: the mood's progression, its rhythm, and the cadence that ends the piece."""

from collections.abc import Iterator
from dataclasses import dataclass

from dalsegno.composer.form import Passage
from dalsegno.composer.moods import GENERAL_HARMONY, STYLES, Progression
from dalsegno.composer.randomness import generator
from dalsegno.composer.theory import Chord, Key, chord


@dataclass(frozen=True)
class Harmony:
    """A chord within a passage: from a beat on, counted from the passage's start."""

    beat: float
    beats: float
    chord: Chord


def harmonies(passage: Passage, key: Key, seed: int) -> Iterator[Harmony]:
    """The chords of a passage, one after another; the piece's last bars come home."""
    chords = progression(passage, key, seed)
    # In passages of a bar or two, as quick cuts have them, the progression goes on from scene to scene.
    turn = passage.stretch if len(passage.bars) <= 2 else 0
    spans = list(chord_spans(passage))
    for number, (beat, beats) in enumerate(spans):
        if number == len(spans) - 1 and passage.ring_out:
            yield from cadence(key, beat, beats)
        else:
            yield Harmony(beat, beats, chord(key, chords[(number + turn) % len(chords)]))
    if passage.ring_out:
        yield Harmony(passage.beats - passage.ring_beats, passage.ring_beats, chord(key, "1"))


def chord_spans(passage: Passage) -> Iterator[tuple[float, float]]:
    """Beats at which chords begin, and how long they last: some bars each, or half a bar."""
    style = STYLES[passage.mood]
    each = style.bars_a_chord
    if each > 1 and passage.energy > 70 and style.energy < 50:
        # A still mood made strong moves on sooner.
        each /= 2
    beat = 0.0
    played = passage.bars[: len(passage.bars) - passage.ring_out]
    for first in range(0, len(played), max(1, int(each))):
        beats = sum(bar.beats for bar in played[first : first + max(1, int(each))])
        halves = (beats // 2, beats - beats // 2) if each < 1 and beats >= 4 else (beats,)
        for length in halves:
            yield beat, length
            beat += length


def cadence(key: Key, beat: float, beats: float) -> Iterator[Harmony]:
    """Subdominant and dominant, before the last chord."""
    dominant = "57" if key.mode in ("major", "harmonic minor") else "5D7"
    if beats < 2:
        yield Harmony(beat, beats, chord(key, dominant))
        return
    half = beats / 2
    # The fourth degree of the lydian mode is no subdominant.
    yield Harmony(beat, half, chord(key, "2" if key.mode == "lydian" else "4"))
    yield Harmony(beat + half, beats - half, chord(key, dominant))


def progression(passage: Passage, key: Key, seed: int) -> Progression:
    """The progression of a passage: one of the mood's, the last of them where contrast is wanted."""
    choices = (
        STYLES[passage.mood].harmony.get(key.mode) or GENERAL_HARMONY["minor" if key.is_minor else "major"]
    )
    if passage.name in ("contrast", "breakdown"):
        return choices[-1]
    rng = generator(seed, "progression", passage.mood, passage.name == "development")
    return choices[int(rng.integers(len(choices) - 1))]
