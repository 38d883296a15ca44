"""Transcripts of which it is known where the mood turns: put together from lines of known moods, off-mood ones too."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.scene_lines import Line
from dalsegno.models import MOODS, Mood, Scene, Segment

LINES_IN_A_SCENE = (5, 9)
# So many lines are of another mood than their scene: half of them plain connective speech, half of any mood.
OFF_MOOD = 0.25
WORDS_PER_SECOND = 2.5


@dataclass(frozen=True)
class Story:
    """A transcript: its lines, and for each the mood of the scene that it belongs to."""

    segments: list[Segment]
    moods: list[Mood]

    @property
    def turns(self) -> list[int]:
        """Indices of the lines that begin a scene, without the first."""
        return [index for index, (a, b) in enumerate(pairwise(self.moods), start=1) if a != b]


def stories(lines: Sequence[Line], count: int, seed: int) -> list[Story]:
    """So many transcripts of four to seven scenes; the first line of a scene is always of its mood."""
    choice = random.Random(seed)  # noqa: S311 - nothing secret
    by_mood = {mood: [line.text for line in lines if line.mood == mood] for mood in MOODS}
    return [_story(by_mood, choice) for _ in range(count)]


def _story(by_mood: dict[Mood, list[str]], choice: random.Random) -> Story:
    segments: list[Segment] = []
    moods: list[Mood] = []
    now = 0.0
    left = {name: choice.sample(texts, len(texts)) for name, texts in by_mood.items()}
    for _ in range(choice.randint(4, 7)):
        mood = choice.choice([name for name in MOODS if not moods or name != moods[-1]])
        for position in range(choice.randint(*LINES_IN_A_SCENE)):
            of: Mood = mood
            if position and choice.random() < OFF_MOOD:
                of = "neutral" if choice.random() < 0.5 else choice.choice(MOODS)
            # A mood whose lines are used up begins them anew.
            left[of] = left[of] or choice.sample(by_mood[of], len(by_mood[of]))
            text = left[of].pop()
            length = max(1.0, len(text.split()) / WORDS_PER_SECOND)
            segments.append(Segment(start=round(now, 3), end=round(now + length, 3), text=text))
            moods.append(mood)
            now += length + choice.uniform(0.1, 0.6)
    return Story(segments, moods)


@dataclass(frozen=True)
class Judgement:
    """How well scenes fit a story: hits, false turns, misses; Pk; seconds in the right mood, and in all."""

    hits: int
    found: int
    wanted: int
    pk: float
    right_seconds: float
    seconds: float


def judge(story: Story, scenes: Sequence[Scene]) -> Judgement:
    """Compares. A turn is found if a scene begins at its line or at the one before or after; each counts once.

    Pk is that of Beeferman et al., 1999: how often two lines half a mean scene apart are wrongly put together or apart.
    """
    heard = [next(scene for scene in scenes if segment.start < scene.end) for segment in story.segments]
    places = [index for index, (a, b) in enumerate(pairwise(heard), start=1) if a is not b]
    open_turns, hits = list(places), 0
    for turn in story.turns:
        near = [place for place in open_turns if abs(place - turn) <= 1]
        if near:
            open_turns.remove(min(near, key=lambda place: abs(place - turn)))
            hits += 1
    count = len(story.moods)
    apart = max(2, round(count / (len(story.turns) + 1) / 2))
    wrong = sum(
        (any(index < turn <= index + apart for turn in story.turns))
        != (any(index < place <= index + apart for place in places))
        for index in range(count - apart)
    )
    lengths = [segment.end - segment.start for segment in story.segments]
    right = sum(
        length for length, scene, mood in zip(lengths, heard, story.moods, strict=True) if scene.mood == mood
    )
    return Judgement(hits, len(places), len(story.turns), wrong / (count - apart), right, sum(lengths))
