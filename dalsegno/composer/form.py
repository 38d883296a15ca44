"""The form: what each stretch of bars is there for."""

from dataclasses import dataclass

from dalsegno.composer.randomness import generator
from dalsegno.composer.score import Bar
from dalsegno.composer.tempo import Stretch
from dalsegno.models import Mood, Scene

RING_OUT = 2.4
# Energy from which a scene of a plan is a climax, and how many of the others begin by developing the motif.
CLIMAX_FROM, DEVELOPED = 75, 0.35
# How the energy moves about a scene's own where one scene makes the whole piece.
SWELL = {
    "intro": -18.0,
    "statement": -5.0,
    "contrast": -10.0,
    "development": 3.0,
    "breakdown": -20.0,
    "climax": 14.0,
    "ending": -6.0,
}
# Within scenes of a plan the scene's energy is kept, but for a breath at the start.
BREATH = {"intro": -8.0, "contrast": -3.0, "development": 2.0}


@dataclass(frozen=True)
class Passage:
    """A section of the form: whole bars within one stretch of the frame.

    Attributes:
        stretch: index of the stretch that holds it.
        first_bar: number of its first bar within the piece, from 0.
        opens_cut: whether its first beat is a cut of the video.
        ring_out: how many of its last bars belong to the final chord.
        last: whether it ends the stretch.
        quick: whether its scene is one of a bar or two among others: phrases then go on from scene to scene.
    """

    name: str
    mood: Mood
    energy: float
    bars: tuple[Bar, ...]
    bpm: float
    stretch: int
    first_bar: int
    opens_cut: bool
    ring_out: int
    last: bool
    quick: bool

    @property
    def beats(self) -> float:
        """How many beats it has."""
        return sum(bar.beats for bar in self.bars)

    @property
    def ring_beats(self) -> float:
        """How many of them belong to the final chord."""
        return sum(bar.beats for bar in self.bars[len(self.bars) - self.ring_out :])

    @property
    def start(self) -> float:
        """Seconds."""
        return self.bars[0].start

    @property
    def end(self) -> float:
        """Seconds."""
        return self.bars[-1].start + self.bars[-1].beats * 60 / self.bpm

    @property
    def turn(self) -> int:
        """Where in its phrases a quick passage is; other passages begin with them.

        It is counted from the passage's own time and tempo, so that scenes before it may change.
        """
        return round(self.start * self.bpm / 60 / max(1.0, self.bars[0].beats)) if self.quick else 0

    def time(self, beat: float) -> float:
        """The time of a beat, counted from the passage's start."""
        return self.start + beat * 60 / self.bpm


def passages(scenes: list[Scene], stretches: list[Stretch], *, builds: bool, seed: int) -> list[Passage]:
    """Divides the stretches into passages.

    What a scene is divided into depends on the scene alone, so that it stays when others change.

    Args:
        scenes: the plan.
        stretches: the frame of the scenes.
        builds: whether the energy of a piece of one scene is to grow to the end.
        seed: the piece's.
    """
    made = []
    first_bar = 0
    for index, stretch in enumerate(stretches):
        scene = scenes[stretch.first]
        final = index == len(stretches) - 1
        alone = len(stretches) == 1
        ring_out = ringing_bars(stretch) if final else 0
        parts = (
            whole_form(len(stretch.bars), ring_out)
            if alone
            else scene_form(
                len(stretch.bars),
                ring_out,
                first=index == 0,
                strong=scene.energy >= CLIMAX_FROM,
                develops=generator(seed, "task", round(stretch.start * 1000)).random() < DEVELOPED,
            )
        )
        place = 0
        for number, (name, count) in enumerate(parts):
            swell = SWELL.get(name, 0.0) if alone else BREATH.get(name, 0.0)
            if alone and builds:
                swell = -22 + 36 * place / max(1, len(stretch.bars) - count)
            bars = stretch.bars[place : place + count]
            place += count
            made.append(
                Passage(
                    name,
                    scene.mood,
                    min(100.0, max(3.0, scene.energy + swell)),
                    bars,
                    stretch.bpm,
                    index,
                    first_bar + place - count,
                    opens_cut=number == 0 and index > 0,
                    ring_out=ring_out if final and number == len(parts) - 1 else 0,
                    last=number == len(parts) - 1,
                    quick=len(stretch.bars) <= 2 and not alone,
                )
            )
        first_bar += len(stretch.bars)
    return made


def ringing_bars(stretch: Stretch) -> int:
    """How many bars the final chord needs in order to ring out; at most all of them."""
    count = 1
    while count < len(stretch.bars) and stretch.end - stretch.bars[-count].start < RING_OUT:
        count += 1
    # Something must come before the last chord, where there is room for it.
    return min(count, max(1, len(stretch.bars) - 1))


def whole_form(bars: int, ring_out: int) -> list[tuple[str, int]]:
    """The form of a piece that is one scene: names and numbers of bars, which add up to `bars`."""
    if bars < 6 or bars < ring_out + 5:
        return [("ending", bars)] if bars <= ring_out + 1 else split_off_ending(bars, ring_out + 1)
    intro = 1 if bars < 10 else 2 if bars < 20 else 4
    ending = max(ring_out + 1, 2 if bars < 20 else 4)
    rest = bars - intro - ending
    share = round(rest * 0.28 / 2) * 2 if rest < 24 else round(rest * 0.24 / 4) * 4
    climax = 1 if rest < 4 else min(16, max(2, share))
    middle = rest - climax
    return [("intro", intro), *middle_form(middle), ("climax", climax), ("ending", ending)]


def split_off_ending(bars: int, ending: int) -> list[tuple[str, int]]:
    """A short piece: a statement and the end."""
    return [("statement", bars - ending), ("ending", ending)]


def middle_form(bars: int) -> list[tuple[str, int]]:
    """What lies between the beginning and the climax."""
    if bars < 2:
        return [("statement", bars)] if bars else []
    if bars < 12:
        half = (bars + 1) // 2
        return [("statement", half), ("development", bars - half)]
    names = ("statement", "contrast", "statement", "development", "breakdown", "development")
    parts: list[tuple[str, int]] = []
    left = bars
    while left:
        count = left if left < 12 else 8
        name = names[len(parts) % len(names)] if left >= 12 else "development"
        parts.append((name, count))
        left -= count
    return parts


def scene_form(
    bars: int, ring_out: int, *, first: bool, strong: bool, develops: bool
) -> list[tuple[str, int]]:
    """The form of one scene among several.

    Args:
        bars: how many it has.
        ring_out: how many of them belong to the final chord; 0 if the piece doesn't end here.
        first: whether the piece begins here.
        strong: whether it is strong enough for a climax.
        develops: whether it develops the motif before it states it.
    """
    parts: list[tuple[str, int]] = []
    ending = 0
    if ring_out:
        ending = min(bars, max(ring_out + 1, 2 if bars < 12 else 4))
    left = bars - ending
    if first and left >= 6:
        intro = 2 if left < 16 else 4
        parts.append(("intro", intro))
        left -= intro
    names: tuple[str, ...]
    if strong:
        names = ("climax", "development")
    elif develops and not first:
        names = ("development", "statement", "contrast", "statement")
    else:
        names = ("statement", "contrast", "statement", "development")
    number = 0
    while left:
        count = left if left < 12 else 8
        parts.append((names[number % len(names)], count))
        number += 1
        left -= count
    return [*parts, ("ending", ending)] if ending else parts


def labels(form: list[Passage]) -> list[str]:
    """What the passages are called to others: a piece whose passages are all weak has its climax where it peaks."""
    names = [passage.name for passage in form]
    if "climax" not in names and len({passage.stretch for passage in form}) > 1:
        inner = [place for place, name in enumerate(names) if name not in ("intro", "ending")]
        if inner:
            names[max(inner, key=lambda place: form[place].energy)] = "climax"
    return names
