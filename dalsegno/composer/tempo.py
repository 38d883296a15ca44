"""The frame of time: every cut falls on the first beat of a bar, exactly.

Scenes hold whole bars where these fit their length, else whole beats, halves or quarters with a short last bar; the
tempo within a scene is what makes them fit. It depends on the scene's own length alone (and on the piece's tempo), so
that moving one cut leaves all other scenes in place. A cut that would fall between the beats is so hit off the beat of
the bars before it, instead of bending their tempo.
"""

from dataclasses import dataclass
from statistics import median

from dalsegno.composer.score import Bar, TempoMark

# Scenes shorter than this are played as one: no bar would fit them.
SHORTEST_STRETCH = 0.4
# How far a scene's tempo may lie from the piece's before whole bars give way to beats, those to halves and quarters:
# two neighbours are then within three per cent of each other.
TOLERANCE = 0.015
# The same for the piece's end where a tempo is asked for: it rings out, so that no bar need be whole.
CLOSE_TOLERANCE = 0.004
SMALLEST_UNIT, SMALLEST_CLOSE_UNIT = 0.25, 0.0625
MANY_SHORT_SCENES = 6.0


@dataclass(frozen=True)
class Stretch:
    """A scene's frame: its time and its bars, at one tempo.

    Attributes:
        first: index of the first scene that it holds.
        scenes: how many scenes it holds; more than one only where they are too short to stand alone.
        bars: starts in seconds, `beat` counted from the start of the piece.
    """

    first: int
    scenes: int
    start: float
    end: float
    bpm: float
    bars: tuple[Bar, ...]

    def time(self, beat: float) -> float:
        """The time of a beat, counted from the start of the piece."""
        return self.start + (beat - self.bars[0].beat) * 60 / self.bpm


def beats_that_fit(length: float, tempo: float, meter: int, *, closely: bool = False) -> float:
    """How many beats a scene is given: a multiple of a quarter, or of a sixteenth where the tempo goes first.

    Args:
        length: seconds.
        tempo: the piece's, in beats a minute.
        meter: beats a bar.
        closely: whether keeping to the tempo goes before whole bars.
    """
    ideal = length * tempo / 60
    tolerance = CLOSE_TOLERANCE if closely else TOLERANCE
    for unit in (float(meter), 1.0, 0.5, SMALLEST_UNIT):
        beats = max(unit, round(ideal / unit) * unit)
        if abs(beats / ideal - 1) <= tolerance:
            return beats
    smallest = SMALLEST_CLOSE_UNIT if closely else SMALLEST_UNIT
    return max(smallest, round(ideal / smallest) * smallest)


def suited(tempo: float, lengths: list[float], meter: int, bounds: tuple[float, float]) -> float:
    """The tempo within bounds, nearest to the one wished for, at which scenes of the usual length hold whole bars.

    Where most scenes are long any tempo suits, and the wish is granted as it is.
    """
    usual = median(lengths)
    if usual >= MANY_SHORT_SCENES:
        return tempo
    for unit in (meter, meter / 2, 1):
        fitting = [
            count * unit * 60 / usual
            for count in range(1, 60)
            if bounds[0] <= count * unit * 60 / usual <= bounds[1]
        ]
        if fitting:
            return min(fitting, key=lambda candidate: abs(candidate - tempo))
    return tempo


def frame(
    cuts: list[float], duration: float, tempo: float, meter: int, *, asked: bool = False
) -> list[Stretch]:
    """Lays bars under the scenes.

    Args:
        cuts: starts of all scenes, in order, the first one 0.
        duration: seconds.
        tempo: the piece's, in beats a minute.
        meter: beats a bar.
        asked: whether the tempo was asked for.
    """
    groups: list[list[int]] = []
    edges = [*cuts, duration]
    for index in range(len(cuts)):
        too_short = groups and cuts[index] - cuts[groups[-1][0]] < SHORTEST_STRETCH
        last_too_short = groups and duration - cuts[index] < SHORTEST_STRETCH
        if too_short or last_too_short:
            groups[-1].append(index)
        else:
            groups.append([index])
    stretches = []
    beat = 0.0
    for group in groups:
        start, end = cuts[group[0]], edges[group[-1] + 1]
        beats = beats_that_fit(end - start, tempo, meter, closely=asked and group is groups[-1])
        bpm = beats * 60 / (end - start)
        bars = []
        done = 0.0
        while done < beats:
            size = min(float(meter), beats - done)
            # A last bar of a single beat is no bar: it lengthens the one before.
            if 0 < beats - done - size <= 1 and size == meter:
                size = beats - done
            bars.append(Bar(start + done * 60 / bpm, beat + done, size))
            done += size
        stretches.append(Stretch(group[0], len(group), start, end, bpm, tuple(bars)))
        beat += beats
    return stretches


def tempo_map(stretches: list[Stretch]) -> tuple[TempoMark, ...]:
    """Where the tempo changes."""
    marks: list[TempoMark] = []
    bar = 0
    for stretch in stretches:
        if not marks or abs(marks[-1].bpm - stretch.bpm) > 1e-6:
            marks.append(TempoMark(stretch.start, stretch.bars[0].beat, bar + 1, stretch.bpm))
        bar += len(stretch.bars)
    return tuple(marks)
