"""Reads a prompt: tempo, key, meter, genre, mood, force, instruments, and what there should be none of.

Nothing is guessed: whatever words have no meaning here are reported as ignored.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar

from dalsegno.composer.instrument_words import WORDS, find_words, plain
from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.score import PromptReport, Status, Stem, Topic
from dalsegno.composer.theory import Key, parse_key
from dalsegno.models import Mood

SLOWEST_BPM, FASTEST_BPM = 40, 220
LONGEST_REPORT = 120
EARLIER_WORD = "An earlier word of the prompt has decided this."

TEMPO_WORDS = {
    0.82: "very slow, largo, adagio, glacial, crawling",
    0.9: "slow, slowly, andante, unhurried, laid back, relaxed tempo, slow tempo",
    1.0: "moderate, medium tempo, mid tempo, moderato",
    1.1: "fast, quick, brisk, allegro, upbeat, up tempo, uptempo, lively, driving, fast tempo, fast paced",
    1.2: "very fast, presto, frantic, breakneck, racing",
}
MOOD_WORDS: dict[Mood, str] = {
    "happy": "happy, cheerful, joyful, fun, playful, sunny, bright, upbeat, quirky, funny, comedy, carefree, festive, "
    "lively, light hearted, lighthearted",
    "sad": "sad, melancholic, melancholy, mournful, sorrowful, tragic, heartbroken, heartbreaking, grief, lonely, "
    "wistful, somber, sombre, bittersweet",
    "calm": "calm, peaceful, relaxing, relaxed, serene, soothing, meditative, meditation, tranquil, sleepy, ambient, "
    "mellow, chill, chillout, lofi, lo fi, spa, dreamy, gentle",
    "tense": "tense, suspense, suspenseful, nervous, anxious, thriller, uneasy, urgent, crime, spy",
    "epic": "epic, heroic, grand, majestic, trailer, cinematic, triumphant, massive, battle, monumental",
    "romantic": "romantic, love, tender, intimate, wedding, sensual, passionate, affectionate",
    "dark": "dark, ominous, sinister, horror, eerie, creepy, scary, menacing, gloomy, brooding, haunting",
    "energetic": "energetic, high energy, intense, sport, sports, workout, action, party, dance, powerful, exciting, "
    "aggressive, edm, techno, house, driving, pumping, rock, hard rock, metal, punk, drum and bass",
    "inspiring": "inspiring, inspirational, uplifting, hopeful, motivational, motivating, corporate, optimistic, "
    "encouraging, positive",
    "neutral": "neutral, background, unobtrusive, documentary, explainer",
}
FORCE_WORDS = {
    -18.0: "minimal, minimalist, sparse, quiet, very soft, understated, subtle, stripped down, bare",
    -9.0: "soft, softly, gentle, light, delicate, mellow",
    12.0: "powerful, loud, intense, big, huge, massive, high energy, hard, aggressive, bombastic",
}


@dataclass(frozen=True)
class Genre:
    """What a genre brings: instruments for stems that nobody asked for otherwise, and a groove.

    Attributes:
        sevenths: whether triads get their sevenths.
        walks: whether the bass walks.
    """

    instruments: tuple[str, ...] = ()
    groove: str | None = None
    meter: int | None = None
    swing: float | None = None
    drums: bool | None = None
    sevenths: bool = False
    walks: bool = False


GENRES = {
    "lo fi, lofi, lo fi hip hop, lofi hip hop, chillhop, chill hop": Genre(
        ("electric piano", "jazz guitar", "acoustic bass", "808 kit"),
        "boom bap",
        swing=0.08,
        drums=True,
        sevenths=True,
    ),
    "hip hop, hiphop, boom bap, rap": Genre(
        ("electric piano", "electric bass", "808 kit"), "boom bap", drums=True
    ),
    "trap": Genre(("deep synth bass", "808 kit", "square lead"), "trap", drums=True),
    "jazz, jazzy, swing, lounge": Genre(
        ("grand piano", "saxophone", "acoustic bass", "brush kit"),
        "swing",
        swing=0.12,
        drums=True,
        sevenths=True,
        walks=True,
    ),
    "bossa nova, bossa": Genre(
        ("nylon guitar", "flute", "acoustic bass", "brush kit"), "shaker", drums=True, sevenths=True
    ),
    "rock, hard rock, punk, indie rock": Genre(
        ("overdriven guitar", "electric bass", "drum kit"), "drive", drums=True
    ),
    "metal, heavy metal": Genre(("distorted guitar", "electric bass", "drum kit"), "drive", drums=True),
    "electronic, edm, house, techno, dance, synthwave, electro, trance": Genre(
        ("polysynth", "saw lead", "synth bass", "drum kit", "warm pad"), "four on the floor", drums=True
    ),
    "chiptune, 8 bit, 8bit, video game, retro game": Genre(
        ("square lead", "polysynth", "synth bass", "808 kit"), "drive", drums=True
    ),
    "ambient, drone, soundscape": Genre(("warm pad", "sweep pad", "voice oohs"), drums=False),
    "orchestral, orchestra, symphonic, cinematic, film score, trailer, soundtrack": Genre(
        ("strings", "french horns", "cello", "orchestral percussion"), None
    ),
    "classical, chamber, baroque": Genre(("strings", "oboe", "cello"), None, drums=False),
    "folk, acoustic, country, campfire, singer songwriter": Genre(
        ("steel guitar", "fiddle", "acoustic bass", "brush kit"), "shaker"
    ),
    "funk, funky, disco": Genre(("clavinet", "electric bass", "brass", "drum kit"), "drive", drums=True),
    "latin, salsa, reggae, tropical, caribbean": Genre(
        ("nylon guitar", "steel drums", "electric bass", "drum kit"), "shuffle", drums=True
    ),
    "waltz": Genre((), "waltz", meter=3),
    "pop, corporate": Genre(("grand piano", "electric bass", "drum kit"), "pop"),
}

FAMILIES: dict[str, tuple[str, ...]] = {
    "strings": (
        *("strings", "slow strings", "tremolo strings", "pizzicato strings", "violin", "cello", "fiddle"),
        "synth strings",
    ),
    "guitar": tuple(name for name in CATALOGUE if "guitar" in name),
    "synth": (
        "polysynth",
        "saw lead",
        "square lead",
        "warm pad",
        "sweep pad",
        "synth brass",
        "synth strings",
    ),
    "brass": ("brass", "french horns", "trumpet", "trombone", "tuba", "synth brass"),
    "vocals": ("choir", "voice oohs"),
    "bells": ("glockenspiel", "tubular bells", "celesta", "music box"),
    "woodwind": ("flute", "oboe", "clarinet", "bassoon", "piccolo", "pan flute", "saxophone"),
    "piano": ("grand piano", "electric piano"),
    "pads": ("warm pad", "sweep pad", "fantasia pad", "synth strings"),
}
FAMILY_WORDS = {
    word: family
    for family, words in {
        "strings": "strings, string, violins, orchestra",
        "guitar": "guitar, guitars, electric guitars, electric guitar",
        "synth": "synth, synths, synthesizers, synthesisers, electronic sounds, electronics",
        "brass": "brass, horns",
        "vocals": "vocals, voices, singing, singer, voice, lyrics, vocal, words, choir",
        "bells": "bells, bell",
        "woodwind": "woodwind, woodwinds",
        "piano": "piano, pianos",
        "pads": "pads, pad",
    }.items()
    for word in words.split(", ")
}
STEM_WORDS: dict[str, Stem] = {
    **dict.fromkeys(("drums", "drum", "percussion", "beat", "beats", "drum kit"), "drums"),
    **dict.fromkeys(("bass", "basses"), "bass"),
    **dict.fromkeys(("melody", "melodies", "lead", "leads"), "lead"),
}

# Words that name instruments in a list of instruments, and mostly something else in a sentence.
AMBIGUOUS = {
    *(
        "voice",
        "voices",
        "singer",
        "beat",
        "beats",
        "kick",
        "hang",
        "sub",
        "recorder",
        "orchestral",
        "whistle",
    ),
}
# Words that ask for nothing by themselves.
FILLER_WORDS = (
    "a an the and or for of to in at on by as is be it its this that some any very so too quite please "
    "make give me want need would like should i we with w no not track tracks music piece song "
    "soundtrack tune score style styled vibe vibes feel feeling feelings mood sound sounds sounding "
    "background video film clip my our from into key time tempo something kind sort but more"
)
FILLERS = frozenset(FILLER_WORDS.split())

_NEGATED = re.compile(
    r"\b(?:no|without|avoid|exclude|skip|zero|not any|do not use|don t use|free of)\s+(?:any |the |a |use of |using )?"
)
_NOT = re.compile(r"\b(?:not|never|less|isn t|don t make it)\s+(?:too |so |very |overly |that )?$")
_KEY = re.compile(r"\b([a-g])( ?#| sharp| flat|b)? (major|minor)\b(?! key)")
_GENDER = re.compile(r"\b(?:in )?(?:a )?(major|minor) key\b")
_BPM = re.compile(
    r"\b(\d{1,4}) ?(?:bpm|beats per minute|beats a minute)\b"
    r"|\b(?:bpm|tempo)(?: of| at| around| about)? (\d{2,3})(?: ?bpm)?\b"
)
_METER = re.compile(r"\b(3 4|4 4)(?: time)?\b")
_ONLY = re.compile(r"\b(?:solo|only|just|nothing but|unaccompanied)\b")
_BUILD = re.compile(r"\b(?:build up|builds up|builds?|building|crescendo|growing|grows|rising|swelling)\b")
_INSTRUMENTAL = re.compile(r"\binstrumental\b")


Meaning = TypeVar("Meaning")


def table(words: dict[Meaning, str]) -> dict[str, Meaning]:
    """The table turned round: meaning by word."""
    return {word: meaning for meaning, line in words.items() for word in line.split(", ")}


TEMPI = table(TEMPO_WORDS)
MOODS_BY_WORD = table(MOOD_WORDS)
FORCES = table(FORCE_WORDS)
GENRES_BY_WORD = {word: genre for line, genre in GENRES.items() for word in line.split(", ")}


@dataclass
class Wishes:
    """What a prompt asks for. What it does not speak of is None or empty."""

    mood: Mood | None = None
    bpm: float | None = None
    tempo_factor: float | None = None
    key: Key | None = None
    minor: bool | None = None
    meter: int | None = None
    genre: Genre | None = None
    force: float = 0.0
    builds: bool = False
    only: bool = False
    instruments: list[str] = field(default_factory=list)
    without_stems: set[Stem] = field(default_factory=set)
    without: set[str] = field(default_factory=set)
    reports: list[PromptReport] = field(default_factory=list)


def read(prompt: str) -> Wishes:
    """Reads a prompt of any content, up to some thousands of characters."""
    wishes = Wishes()
    for part in re.split(r"[,;:!?\n]|\.(?!\d)|\bbut\b|\band\b|\bwith\b(?!out)", prompt):
        read_clause(plain(part), wishes)
    return wishes


def read_clause(text: str, wishes: Wishes) -> None:
    """Reads one clause, in plain words, into the wishes; reports what is left of it as ignored."""
    before = len(wishes.reports)
    text = read_frame(text, wishes)
    text = read_exclusions(text, wishes)
    read_character(text, wishes)
    read_instruments(text, wishes)
    for words in sorted((report.words for report in wishes.reports[before:]), key=len, reverse=True):
        text = re.sub(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", " ", text)
    left = [word for word in text.split() if word not in FILLERS]
    if left:
        words = " ".join(left)[:LONGEST_REPORT]
        wishes.reports.append(
            PromptReport(words, "ignored", "Nothing in the music follows from these words.")
        )


def read_frame(text: str, wishes: Wishes) -> str:
    """Reads key, tempo in numbers and meter; returns the clause without them."""

    def key(found: re.Match[str]) -> None:
        letter, accidental, gender = found.groups()
        sign = {"#": "#", "sharp": "#", "flat": "b", "b": "b"}.get((accidental or "").strip(), "")
        asked = parse_key(f"{letter}{sign} {gender}")
        wishes.key = wishes.key or asked
        if asked:
            decide(wishes, found.group(0), "key", f"The key is {asked.name}.", counts=wishes.key == asked)

    def gender(found: re.Match[str]) -> None:
        minor = found.group(1) == "minor"
        wishes.minor = minor if wishes.minor is None else wishes.minor
        decide(
            wishes,
            found.group(0),
            "gender",
            f"The key is a {found.group(1)} one.",
            counts=wishes.minor == minor,
        )

    def bpm(found: re.Match[str]) -> None:
        number = int(next(group for group in found.groups() if group))
        if SLOWEST_BPM <= number <= FASTEST_BPM:
            wishes.bpm = wishes.bpm or float(number)
            effect = f"The tempo is about {number} beats a minute."
            decide(wishes, found.group(0), "bpm", effect, counts=wishes.bpm == number)
        else:
            reason = f"A tempo must lie between {SLOWEST_BPM} and {FASTEST_BPM} beats a minute."
            decide(wishes, found.group(0), "bpm", reason, counts=False, reason=reason)

    def meter(found: re.Match[str]) -> None:
        beats = int(found.group(1)[0])
        wishes.meter = wishes.meter or beats
        decide(wishes, found.group(0), "meter", f"Bars have {beats} beats.", counts=wishes.meter == beats)

    for pattern, reader in ((_KEY, key), (_GENDER, gender), (_BPM, bpm), (_METER, meter)):
        for found in pattern.finditer(text):
            reader(found)
        text = pattern.sub(" ", text)
    return text


def read_exclusions(text: str, wishes: Wishes) -> str:
    """Reads "no drums", "without any strings"; returns the clause without them."""
    while found := _NEGATED.search(text):
        words = text[found.end() :].split()
        # "no drums or bass": whatever follows within the clause is excluded too.
        named = False
        rest = []
        place = 0
        while place < len(words):
            for length in (3, 2, 1):
                phrase = " ".join(words[place : place + length])
                if exclude(phrase, wishes):
                    named = True
                    place += length
                    break
            else:
                rest.append(words[place])
                place += 1
        if not named:
            break
        text = text[: found.start()] + " ".join(word for word in rest if word not in ("or", "nor", "no"))
    return text


def exclude(phrase: str, wishes: Wishes) -> bool:
    """Takes note that something is not to be heard; whether the phrase names anything."""
    if phrase in STEM_WORDS:
        wishes.without_stems.add(STEM_WORDS[phrase])
    elif phrase in FAMILY_WORDS:
        wishes.without.update(FAMILIES[FAMILY_WORDS[phrase]])
    elif phrase in WORDS:
        wishes.without.add(WORDS[phrase][0])
    else:
        return False
    wishes.reports.append(
        PromptReport(f"no {phrase}", "honoured", f"Left out: {phrase}.", "without", excluded(phrase))
    )
    return True


def excluded(phrase: str) -> tuple[str, ...]:
    """The stem or the instruments that "no …" keeps silent."""
    if phrase in STEM_WORDS:
        return (STEM_WORDS[phrase],)
    if phrase in FAMILY_WORDS:
        return FAMILIES[FAMILY_WORDS[phrase]]
    return (WORDS[phrase][0],)


def read_character(text: str, wishes: Wishes) -> None:
    """Reads genre, mood, tempo in words, force and growth."""
    for word in phrases(text, GENRES_BY_WORD):
        genre = GENRES_BY_WORD[word]
        wishes.genre = wishes.genre or genre
        effect = "Sets instruments and groove of this genre."
        if decide(wishes, word, "genre", effect, counts=genre is wishes.genre):
            wishes.meter = wishes.meter or genre.meter
    for word in phrases(text, TEMPI):
        wishes.tempo_factor = wishes.tempo_factor or TEMPI[word]
        effect = "Chooses the tempo within what suits the mood."
        decide(wishes, word, "tempo", effect, counts=wishes.tempo_factor == TEMPI[word])
    for word in phrases(text, MOODS_BY_WORD):
        wishes.mood = wishes.mood or MOODS_BY_WORD[word]
        counts = MOODS_BY_WORD[word] == wishes.mood
        if counts or not any(word in other for other in (GENRES_BY_WORD, TEMPI, FORCES)):
            decide(wishes, word, "mood", f"Read as the mood {wishes.mood}.", counts=counts)
    for word in phrases(text, FORCES):
        wishes.force = wishes.force or FORCES[word]
        decide(wishes, word, "force", "Shifts the energy.", counts=wishes.force == FORCES[word])
    for found in _BUILD.finditer(text):
        wishes.builds = True
        decide(wishes, found.group(0), "growth", "The energy grows towards the end.", counts=True)
    for found in _INSTRUMENTAL.finditer(text):
        decide(wishes, found.group(0), "", "All music made here is instrumental.", counts=True)


def read_instruments(text: str, wishes: Wishes) -> None:
    """Reads the instruments that a clause names."""
    found = [
        phrase for _, _, phrase in find_words(text) if not {phrase, phrase.removesuffix("s")} & AMBIGUOUS
    ]
    for phrase in found:
        name, exact = WORDS[phrase]
        if phrase not in wishes.instruments:
            wishes.instruments.append(phrase)
        effect = f"Played by {name}." if exact else f"There is none here; {name} comes nearest to it."
        status: Status = "honoured" if exact else "substituted"
        wishes.reports.append(PromptReport(phrase, status, effect, "instrument", (name,)))
    if found and (only := _ONLY.search(text)):
        wishes.only = True
        decide(wishes, only.group(0), "only", "Nothing else plays.", counts=True)


def phrases(text: str, meanings: Collection[str]) -> list[str]:
    """The phrases of a table that a clause holds, unless they are denied ("not too fast"), longest first."""
    found = []
    for word in sorted(meanings, key=lambda phrase: (-len(phrase), phrase)):
        place = re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text)
        if place and not _NOT.search(text[: place.start()]):
            found.append((place.start(), word))
            text = text[: place.start()] + " " * len(word) + text[place.end() :]
    return [word for _, word in sorted(found)]


def decide(
    wishes: Wishes, words: str, topic: Topic, effect: str, *, counts: bool, reason: str = EARLIER_WORD
) -> bool:
    """Reports words as honoured, with their effect, if they count, else as ignored, with the reason."""
    status: Status = "honoured" if counts else "ignored"
    wishes.reports.append(PromptReport(words.strip(), status, effect if counts else reason, topic))
    return counts
