"""The fixed list of requests by which the composer is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dalsegno.models import MOODS, Mood, MusicBrief, ReferenceSong, Scene

Character = tuple[Mood, float]


@dataclass(frozen=True)
class Case:
    """A request, and what it says the music must be.

    Attributes:
        key: the key that it asks for; None leaves it to the composer, who says in the cue sheet what it chose.
        bpm: the tempo that it asks for, likewise.
    """

    name: str
    brief: MusicBrief
    key: str | None = None
    bpm: float | None = None


# Lengths of a piece of each mood alone, in seconds.
LENGTHS = (5, 8, 10, 15, 20, 25, 30, 30, 45, 60)
ASKED: tuple[tuple[Mood, str, float, float], ...] = (
    ("happy", "D major", 112, 14),
    ("sad", "C minor", 66, 17.3),
    ("calm", "Eb major", 70, 20),
    ("tense", "F# minor", 100, 12),
    ("epic", "A minor", 88, 16.6),
    ("romantic", "Ab major", 76, 15),
    ("dark", "B minor", 72, 18),
    ("energetic", "E minor", 126, 13.37),
    ("inspiring", "G major", 104, 15),
    ("neutral", "Bb major", 96, 11),
    # What the mood alone would hardly choose.
    ("happy", "G minor", 84, 15),
    ("sad", "F major", 140, 13),
    ("calm", "C# minor", 92, 16),
    ("energetic", "B major", 152, 12),
)
REFERENCES: tuple[tuple[Mood, str, float], ...] = (
    ("neutral", "C# major", 93.7),
    ("tense", "D minor", 118.4),
    ("romantic", "F minor", 71.2),
)
STRONG, STILL = 90.0, 20.0
# Neighbours differ; each mood comes twice.
CHAINS: tuple[tuple[Character, ...], ...] = (
    (("calm", 25), ("epic", 85), ("sad", 30), ("energetic", 80), ("dark", 45)),
    (("happy", 65), ("tense", 55), ("romantic", 40), ("inspiring", 70), ("neutral", 45)),
    (("neutral", 40), ("dark", 60), ("happy", 60), ("sad", 35), ("inspiring", 75)),
    (("energetic", 85), ("calm", 20), ("tense", 60), ("epic", 90), ("romantic", 35)),
)


def scenes_at(cuts: list[float], end: float, characters: Sequence[Character]) -> list[Scene]:
    """Scenes from 0 on, parted by the cuts; their moods and energies come round again."""
    return [
        Scene(start=start, end=stop, mood=mood, energy=energy)
        for (start, stop), (mood, energy) in zip(
            pairwise([0.0, *cuts, end]),
            [characters[number % len(characters)] for number in range(len(cuts) + 1)],
            strict=True,
        )
    ]


def plan(name: str, seed: int, cuts: list[float], end: float, characters: Sequence[Character]) -> Case:
    """A case with a plan of scenes."""
    return Case(name, MusicBrief(duration=end, seed=seed, scenes=scenes_at(cuts, end, characters)))


def cases() -> list[Case]:
    """The list, always the same."""
    return [*alone(), *asked(), *contrasts(), *chains(), *odd_plans(), *long_pieces()]


def alone() -> list[Case]:
    """Each mood by itself."""
    return [
        Case(f"{mood}, {length} s", MusicBrief(duration=float(length), seed=100 + number, mood=mood))
        for number, (mood, length) in enumerate(zip(MOODS, LENGTHS, strict=True))
    ]


def asked() -> list[Case]:
    """Keys and tempi that are asked for, by the prompt or by a reference song."""
    prompted = [
        Case(
            f"{mood}, {key}, {bpm:g} bpm",
            MusicBrief(duration=float(length), seed=200 + number, mood=mood, prompt=f"in {key}, {bpm:g} bpm"),
            key,
            bpm,
        )
        for number, (mood, key, bpm, length) in enumerate(ASKED)
    ]
    references = [
        Case(
            f"reference {key}, {bpm:g} bpm",
            MusicBrief(
                duration=18.0, seed=230 + number, mood=mood, reference=ReferenceSong(bpm=bpm, key=key)
            ),
            key,
            bpm,
        )
        for number, (mood, key, bpm) in enumerate(REFERENCES)
    ]
    return [*prompted, *references]


def contrasts() -> list[Case]:
    """Each mood from still to strong, or back."""
    found = []
    for number, mood in enumerate(MOODS):
        characters: list[Character] = [(mood, STILL), (mood, STRONG)]
        if number % 2:
            characters.reverse()
        found.append(plan(f"{mood}, 20 and 90", 300 + number, [11.5], 23.0, characters))
    return found


def chains() -> list[Case]:
    """Five scenes of ten seconds, each unlike its neighbours."""
    lengths = (9.3, 10.2, 8.9, 10.7, 9.6)
    cuts = [sum(lengths[:number]) for number in range(1, len(lengths))]
    return [
        plan(f"chain {number + 1}", 400 + number, cuts, sum(lengths), chain)
        for number, chain in enumerate(CHAINS)
    ]


def odd_plans() -> list[Case]:
    """One scene, very many, and cuts where there is hardly room for them."""
    happy: Character = ("happy", 60.0)
    dark: Character = ("dark", 40.0)
    epic: Character = ("epic", 80.0)
    calm: Character = ("calm", 20.0)
    quick: list[Character] = [("energetic", 80), ("tense", 60), ("happy", 65), ("neutral", 45)]
    uneven = [0.0]
    while uneven[-1] < 50:
        uneven.append(uneven[-1] + 1.1 + (len(uneven) * 0.37) % 1.9)
    return [
        plan("one scene", 500, [], 24.0, [("inspiring", 65)]),
        plan("forty of 2 s", 501, [2.0 * number for number in range(1, 40)], 80.0, quick),
        plan("uneven, 1 to 3 s", 502, uneven[1:-1], uneven[-1], quick),
        plan("each mood for 1.94 s", 503, [1.937 * n for n in range(1, 10)], 19.37, [(m, 50) for m in MOODS]),
        plan("a cut at 0.5 s", 504, [0.5], 12.0, [calm, epic]),
        plan("a cut 0.5 s before the end", 505, [9.5], 10.0, [epic, calm]),
        plan("5 s, a cut at 2.3 s", 506, [2.3], 5.0, [happy, dark]),
        plan("cuts at 7.77 s and 8.1 s", 507, [7.77, 8.1], 16.0, [dark, calm, happy]),
        plan("one mood throughout", 508, [9.1, 18.4], 28.0, [("sad", 35)]),
    ]


def long_pieces() -> list[Case]:
    """Ten minutes, and three without scenes."""
    ten_minutes = [50.0 * number + number % 3 for number in range(1, 12)]
    return [
        Case("calm, 180 s", MusicBrief(duration=180.0, seed=600, mood="calm")),
        plan("twelve scenes in 600 s", 601, ten_minutes, 600.0, [*CHAINS[0], *CHAINS[1]]),
    ]
