"""The chords of a passage: a grammar that grows phrases from a mood's progressions, and cadences.

A piece has one progression for each task in the form. Its phrases come in pairs: the first states the progression, the
second answers with chords of the same function put in places of others. A passage that leads on ends open, on the
chord that wants to come home; the piece's last bars come home.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dalsegno.composer.form import Passage
from dalsegno.composer.moods import GENERAL_HARMONY, STYLES, Progression
from dalsegno.composer.randomness import generator
from dalsegno.composer.theory import Chord, Key, chord, triad_of

# The degree that wants to come home, by mode: the dominant where the mode has one, else what stands for it.
TURNS = {
    "major": "5",
    "lydian": "5",
    "mixolydian": "7",
    "minor": "5D",
    "dorian": "7",
    "phrygian": "2",
    "harmonic minor": "5",
}
HOME = "1"
# How often a chord of an answering phrase gives way to one of the same function.
SUBSTITUTED = 0.45
SHORTEST_OPEN_END = 4
MUCH_STRONGER, MUCH_STILLER = 25, 20
SHORTEST_CHORD, LONGEST_CHORD = 0.5, 2.0


@dataclass(frozen=True)
class Harmony:
    """A chord within a passage: from a beat on, counted from the passage's start."""

    beat: float
    beats: float
    chord: Chord


def harmonies(passage: Passage, key: Key, seed: int, *, sevenths: bool = False) -> Iterator[Harmony]:
    """The chords of a passage, one after another; the piece's last bars come home.

    Args:
        passage: what they are for.
        key: its key.
        seed: the piece's.
        sevenths: whether plain triads get their sevenths, as jazz has them.
    """
    spans = list(chord_spans(passage))
    figures = phrases(passage, key, seed, len(spans))
    for number, ((beat, beats), figure) in enumerate(zip(spans, figures, strict=True)):
        if number == len(spans) - 1 and passage.ring_out:
            # A piece that is no more than its end states its key before it leaves it.
            alone = passage.first_bar == 0 and number == 0
            yield from cadence(key, beat, beats, HOME if alone else None)
        else:
            added = "7" if sevenths and len(figure) == 1 else ""
            yield Harmony(beat, beats, chord(key, figure + added))
    if passage.ring_out:
        yield Harmony(passage.beats - passage.ring_beats, passage.ring_beats, chord(key, HOME))


def chord_spans(passage: Passage) -> Iterator[tuple[float, float]]:
    """Beats at which chords begin, and how long they last: some bars each, or half a bar."""
    style = STYLES[passage.mood]
    each = style.bars_a_chord
    # A mood much stronger than its own moves on sooner, one much stiller later.
    if passage.energy >= style.energy + MUCH_STRONGER:
        each = max(SHORTEST_CHORD, each / 2)
    elif passage.energy <= style.energy - MUCH_STILLER:
        each = min(LONGEST_CHORD, each * 2)
    beat = 0.0
    played = passage.bars[: len(passage.bars) - passage.ring_out]
    for first in range(0, len(played), max(1, int(each))):
        beats = sum(bar.beats for bar in played[first : first + max(1, int(each))])
        halves = (beats // 2, beats - beats // 2) if each < 1 and beats >= 4 else (beats,)
        for length in halves:
            yield beat, length
            beat += length


def phrases(passage: Passage, key: Key, seed: int, count: int) -> list[str]:
    """The figures of so many chords in a row."""
    line = progression(passage, key, seed)
    answer = answering(line, key, seed, passage)
    figures = []
    for number in range(count):
        phrase, place = divmod(number + passage.turn, len(line))
        figures.append((answer if phrase % 2 else line)[place])
    if count >= SHORTEST_OPEN_END and not passage.ring_out and figures[-1][0] == HOME:
        figures[-1] = TURNS[key.mode]
    return figures


def answering(line: Progression, key: Key, seed: int, passage: Passage) -> Progression:
    """The progression with some of its chords, never the first, replaced by others of the same function."""
    rng = generator(seed, "answer", passage.mood, *line)
    figures = list(line)
    for place in range(1, len(figures)):
        kin = relatives(key, figures[place])
        neighbours = {figures[place - 1], figures[place], figures[(place + 1) % len(figures)]}
        choices = [figure for figure in kin if figure not in neighbours]
        if rng.random() < SUBSTITUTED and choices:
            figures[place] = choices[int(rng.integers(len(choices)))]
    return tuple(figures)


def relatives(key: Key, figure: str) -> list[str]:
    """Triads a third below and above, which share two tones with it; none for a dominant or a bare fifth."""
    if figure[1:] not in ("", "7", "9"):
        return []
    degree = int(figure[0])
    near = ((degree - 3) % 7 + 1, (degree + 1) % 7 + 1)
    return [f"{other}{figure[1:].replace('9', '')}" for other in near if triad_of(key, other) != "altered"]


def cadence(key: Key, beat: float, beats: float, first: str | None) -> Iterator[Harmony]:
    """The chord `first`, else the subdominant, and the dominant, before the last chord."""
    dominant = "57" if key.mode in ("major", "harmonic minor") else "5D7"
    if beats < 2:
        yield Harmony(beat, beats, chord(key, dominant))
        return
    half = beats / 2
    # The fourth degree of the lydian mode is no subdominant.
    yield Harmony(beat, half, chord(key, first or ("2" if key.mode == "lydian" else "4")))
    yield Harmony(beat + half, beats - half, chord(key, dominant))


def progression(passage: Passage, key: Key, seed: int) -> Progression:
    """The progression of a passage: one of the mood's, the last of them where contrast is wanted.

    Quick passages of all moods share one, of which each plays the chord whose turn it is.
    """
    general = GENERAL_HARMONY["minor" if key.is_minor else "major"]
    if passage.quick:
        return general[int(generator(seed, "progression").integers(len(general)))]
    choices = STYLES[passage.mood].harmony.get(key.mode) or general
    if passage.name in ("contrast", "breakdown"):
        return choices[-1]
    rng = generator(seed, "progression", passage.mood, passage.name == "development")
    return choices[int(rng.integers(len(choices) - 1))]
