"""The lines that the scene analysis is judged by, and the stems that they have in common with what it learnt from."""

import re
from pathlib import Path
from typing import NamedTuple

from dalsegno.models import MOODS, Mood

SPEECH = Path(__file__).with_name("speech")
PROTOTYPES = Path(__file__).parent.parent / "scripts" / "mood_prototypes.txt"
LANGUAGES = ("de", "fr", "es", "pt", "ja", "zh")
_ENDING = re.compile(r"(?<=...)(?:ings?|edly|ed|es|s|ers?|ly|e|y|'s)$")
# Function words, and what every speaker says whatever the mood: they tell nothing of what a line is about.
_FUNCTION_WORDS = (
    "a about above after again against all along already also although always am an and any anybody anyone anything "
    "are aren't around as at away back be because been before behind being below beneath beside between both but by "
    "came can can't come comes could couldn't did didn't do does doesn't doing don't done down during each eight "
    "either eleven even ever every everybody everyone everything few fifty first five for forty four from get gets "
    "give go goes going gone got had hadn't half has hasn't have haven't having he he'd he'll he's her here hers "
    "herself him himself his how hundred i i'd i'll i'm i've if in inside into is isn't it it's its itself just keep "
    "know last least left less let let's like little long look made make many may me might mine more most much must "
    "my myself near need never new next nine no nobody none not nothing now of off okay on once one only onto or other "
    "others our ours out outside over own past put quite rather really right said same say says second see seven shall "
    "she she'd she'll she's should shouldn't since six sixty so some somebody someone something still such take ten "
    "than that that's the their them then there there's these they they'd they'll they're they've thing things third "
    "thirty this those though thousand three through till to today together too took toward towards twelve twenty two "
    "under until up upon us used very want was wasn't way we we'd we'll we're we've well went were what what's when "
    "where which while who who's whole whose why will with within without won't would wouldn't years you you'd you'll "
    "you're you've your yours"
)


class Line(NamedTuple):
    """A line of speech and the mood of the music that would suit it."""

    text: str
    mood: Mood


def read_lines(path: Path) -> list[Line]:
    """The lines of a file that has a `[mood]` heading for each mood."""
    lines: list[Line] = []
    mood: Mood | None = None
    for text in path.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", text):
            mood = next(known for known in MOODS if known == heading[1])
        elif text and mood and not text.startswith("#"):
            lines.append(Line(text, mood))
    return lines


def held_out(name: str) -> list[Line]:
    """The lines of `bench/speech/{name}.txt`: none of them is a prototype.

    Raises:
        ValueError: one of them is.
    """
    lines = read_lines(SPEECH / f"{name}.txt")
    learnt = {line.text for line in read_lines(PROTOTYPES)}
    if known := [line.text for line in lines if line.text in learnt]:
        raise ValueError(f"{name}: this line had a part in training: {known[0]}")
    return lines


def stems_of(text: str) -> set[str]:
    """The content words of a text, without their endings."""
    words = set(re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))) - set(
        _FUNCTION_WORDS.split()
    )
    return {_ENDING.sub("", word) for word in words if len(word) > 2}
