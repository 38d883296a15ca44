"""What makes each of the ten moods: tempo, modes, harmony, palette, groove.

Chord figures are those of `dalsegno.composer.theory.chord`. Pairs and triples of patterns run from still to
strong: the section's energy chooses among them.
"""

from dataclasses import dataclass

from dalsegno.composer.score import Stem
from dalsegno.models import Mood

Progression = tuple[str, ...]


def progressions(*lines: str) -> tuple[Progression, ...]:
    """Chord progressions, one a line, figures parted by spaces."""
    return tuple(tuple(line.split()) for line in lines)


@dataclass(frozen=True)
class Style:
    """How a mood is composed.

    Attributes:
        tempo: beats a minute, slowest and fastest.
        harmony: progressions by mode; the last one of a mode is for contrast.
        palette: instruments by stem, the likeliest first; of leads two are taken, the second for contrast.
        groove: drums by name in `dalsegno.composer.groove.GROOVES`.
        drums_from: energy from which there are drums; above 100 there are none.
        keys: patterns of accompaniment in `dalsegno.composer.patterns`.
        bass: patterns of the bass.
        bars_a_chord: how long a chord lasts: half a bar, one, or two.
        activity: share of the motif's short notes that are kept, 0..1.
        register: MIDI key about which the lead moves.
        energy: where no scene says any, 0..100.
        reverb: seconds of the room.
        swing: how far off-beats are late, in beats.
        hit: what marks a cut, besides the parts that play.
        meters: beats a bar to choose from.
        title: titles to choose from.
    """

    tempo: tuple[int, int]
    harmony: dict[str, tuple[Progression, ...]]
    palette: dict[Stem, tuple[str, ...]]
    groove: tuple[str, ...]
    drums_from: float
    keys: tuple[str, str, str]
    bass: tuple[str, str, str]
    bars_a_chord: float
    activity: float
    register: int
    energy: float
    reverb: float
    hit: tuple[str, ...]
    swing: float = 0.0
    meters: tuple[int, ...] = (4,)
    title: tuple[str, ...] = ()


# For keys that a style has no harmony of its own for, as a reference song can bring them.
GENERAL_HARMONY = {
    "major": progressions("1 5 6 4", "1 4 6 5", "1 3 4 5", "6 4 1 5"),
    "minor": progressions("1 6 4 5D", "1 7 6 5D", "1 4 6 5D", "6 7 1 1"),
}

STYLES: dict[Mood, Style] = {
    "happy": Style(
        tempo=(104, 124),
        harmony={
            "major": progressions("1 5 6 4", "1 4 1 5", "1 6 4 5", "1 3 4 5", "4 5 3 6"),
            "mixolydian": progressions("1 1 4 7", "1 4 1 7", "1 7 1 4", "4 1 7 1"),
        },
        palette={
            "lead": ("ukulele", "glockenspiel", "clarinet", "flute", "pizzicato strings", "marimba"),
            "keys": ("ukulele", "steel guitar", "marimba"),
            "pads": ("strings", "accordion", "organ"),
            "bass": ("acoustic bass",),
            "drums": ("drum kit",),
        },
        groove=("pop", "shuffle"),
        drums_from=28,
        keys=("offbeat", "strum", "strum"),
        bass=("root fifth", "bounce", "bounce"),
        bars_a_chord=0.5,
        activity=0.75,
        register=76,
        energy=62,
        reverb=1.2,
        hit=("glockenspiel", "pizzicato strings"),
        swing=0.06,
        title=("Bright Side", "Open Window", "Good Company", "Lemonade", "Skipping Stones"),
    ),
    "sad": Style(
        tempo=(60, 74),
        harmony={
            "minor": progressions("1 6 3 7", "1 4 6 5", "1 3 6 4", "6 4 1 5D"),
            "dorian": progressions("1 4 1 7", "1 3 4 1", "3 4 1 1"),
        },
        palette={
            "lead": ("cello", "oboe", "violin", "clarinet", "grand piano"),
            "keys": ("grand piano", "nylon guitar", "harp"),
            "pads": ("slow strings", "voice oohs", "warm pad"),
            "bass": ("cello", "acoustic bass"),
            "drums": ("brush kit",),
        },
        groove=("brushes",),
        drums_from=70,
        keys=("broken", "broken", "rolling"),
        bass=("long", "long", "root fifth"),
        bars_a_chord=1,
        activity=0.25,
        register=67,
        energy=32,
        reverb=2.2,
        hit=("grand piano", "harp"),
        title=("What Remains", "Late Letter", "Grey Water", "Empty Rooms", "The Last Train"),
    ),
    "calm": Style(
        tempo=(64, 80),
        harmony={
            "major": progressions("19 4", "1 3 4 1", "19 6 4 1", "4 1"),
            "lydian": progressions("19 2", "1 2 1 5", "2 1"),
        },
        palette={
            "lead": ("flute", "vibraphone", "celesta", "clarinet", "kalimba"),
            "keys": ("electric piano", "harp", "nylon guitar", "grand piano"),
            "pads": ("warm pad", "slow strings", "voice oohs"),
            "bass": ("acoustic bass",),
            "drums": ("brush kit",),
        },
        groove=("shaker",),
        drums_from=58,
        keys=("drops", "rolling", "rolling"),
        bass=("long", "long", "long"),
        bars_a_chord=2,
        activity=0.2,
        register=72,
        energy=24,
        reverb=2.4,
        hit=("harp", "vibraphone"),
        title=("Still Water", "Morning Mist", "Slow Tide", "Quiet Hours", "Under Linden Trees"),
    ),
    "tense": Style(
        tempo=(92, 112),
        harmony={
            "minor": progressions("1 1p 6 6", "1 6 1p 5D", "1p 1 4 5D", "1 6 4 5D"),
            "phrygian": progressions("1 2 1p 2", "1p 1 2 7", "2 1 7 1"),
        },
        palette={
            "lead": ("clarinet", "violin", "french horns", "celesta"),
            "keys": ("pizzicato strings", "marimba", "muted electric guitar"),
            "pads": ("tremolo strings", "sweep pad"),
            "bass": ("synth bass", "deep synth bass"),
            "drums": ("orchestral percussion",),
        },
        groove=("ticking",),
        drums_from=28,
        keys=("pulse", "ostinato", "ostinato"),
        bass=("pedal", "pulse", "pulse"),
        bars_a_chord=2,
        activity=0.4,
        register=70,
        energy=56,
        reverb=1.6,
        hit=("timpani", "pizzicato strings"),
        title=("Narrow Stairs", "The Wire", "Countdown", "Closing In", "Two Minutes"),
    ),
    "epic": Style(
        tempo=(84, 100),
        harmony={
            "minor": progressions("1 6 3 7", "1 7 6 7", "1 6 4 5D", "6 7 1 1"),
            "dorian": progressions("1 7 4 1", "1 3 7 4", "3 7 4 1"),
        },
        palette={
            "lead": ("french horns", "brass", "violin", "trumpet"),
            "keys": ("strings", "pizzicato strings"),
            "pads": ("choir", "brass", "slow strings"),
            "bass": ("tuba", "cello"),
            "drums": ("orchestral percussion",),
        },
        groove=("march", "taiko"),
        drums_from=30,
        keys=("low pulse", "low ostinato", "low ostinato"),
        bass=("long", "pulse", "pulse"),
        bars_a_chord=1,
        activity=0.45,
        register=69,
        energy=80,
        reverb=2.4,
        hit=("timpani", "concert bass drum"),
        title=("Over the Ridge", "Banners", "First Light of War", "The Long Ascent", "Kingdom Come"),
    ),
    "romantic": Style(
        tempo=(66, 84),
        harmony={
            "major": progressions("17 67 27 57", "1 3 4 4", "17 37 47 57", "47 37 27 57"),
        },
        palette={
            "lead": ("violin", "oboe", "saxophone", "cello"),
            "keys": ("grand piano", "nylon guitar", "harp"),
            "pads": ("slow strings", "french horns"),
            "bass": ("acoustic bass", "cello"),
            "drums": ("brush kit",),
        },
        groove=("brushes", "waltz"),
        drums_from=52,
        keys=("broken", "rolling", "flowing"),
        bass=("long", "root fifth", "root fifth"),
        bars_a_chord=0.5,
        activity=0.45,
        register=74,
        energy=42,
        reverb=2.0,
        hit=("harp", "grand piano"),
        meters=(4, 3),
        title=("Paper Lanterns", "Your Hand in Mine", "Garden Steps", "Sunday Waltz", "Close to You Again"),
    ),
    "dark": Style(
        tempo=(64, 84),
        harmony={
            "phrygian": progressions("1p 1 2 1", "1 2 7 1", "1 1 2 1", "2 2 1 1"),
            "harmonic minor": progressions("1 6 1 5", "1 4 6 5", "6 4 1 5"),
        },
        palette={
            "lead": ("cello", "bassoon", "church organ", "trombone"),
            "keys": ("grand piano", "tubular bells", "marimba"),
            "pads": ("choir", "sweep pad", "tremolo strings"),
            "bass": ("deep synth bass", "synth bass"),
            "drums": ("orchestral percussion", "808 kit"),
        },
        groove=("heartbeat",),
        drums_from=30,
        keys=("low block", "low block", "ostinato"),
        bass=("pedal", "pedal", "pulse"),
        bars_a_chord=2,
        activity=0.2,
        register=57,
        energy=46,
        reverb=2.6,
        hit=("concert bass drum", "tubular bells"),
        title=("Below the Floor", "Black Ice", "No Moon", "What the Walls Keep", "Undertow"),
    ),
    "energetic": Style(
        tempo=(118, 132),
        harmony={
            "minor": progressions("1 6 3 7", "6 7 1 1", "1 3 7 4", "4 6 1 7"),
            "mixolydian": progressions("1 1 7 4", "1 7 1 4", "4 7 1 1"),
            "dorian": progressions("1 4 1 7", "1 3 4 4", "3 7 4 1"),
        },
        palette={
            "lead": ("saw lead", "synth brass", "square lead", "clean electric guitar"),
            "keys": ("polysynth", "clavinet", "muted electric guitar"),
            "pads": ("synth strings", "sweep pad", "warm pad"),
            "bass": ("synth bass", "electric bass"),
            "drums": ("drum kit", "808 kit"),
        },
        groove=("four on the floor", "drive"),
        drums_from=26,
        keys=("stabs", "arpeggio", "arpeggio"),
        bass=("pulse", "octaves", "octaves"),
        bars_a_chord=2,
        activity=0.9,
        register=76,
        energy=84,
        reverb=1.0,
        hit=("polysynth", "timpani"),
        title=("Full Tilt", "Green Light", "Second Wind", "Afterburner", "Run the Line"),
    ),
    "inspiring": Style(
        tempo=(96, 116),
        harmony={
            "major": progressions("1 5 6 4", "6 4 1 5", "1 4 6 5", "1 3 4 5", "2 4 1 5"),
        },
        palette={
            "lead": ("clean electric guitar", "violin", "french horns", "grand piano"),
            "keys": ("grand piano", "muted electric guitar"),
            "pads": ("strings", "warm pad", "slow strings"),
            "bass": ("electric bass", "cello"),
            "drums": ("drum kit",),
        },
        groove=("build", "pop"),
        drums_from=36,
        keys=("block", "eighths", "eighths"),
        bass=("long", "pulse", "pulse"),
        bars_a_chord=1,
        activity=0.55,
        register=72,
        energy=64,
        reverb=1.8,
        hit=("timpani", "grand piano"),
        title=("Upward", "The View from Here", "One Step More", "Daybreak", "Made by Hand"),
    ),
    "neutral": Style(
        tempo=(88, 104),
        harmony={
            "major": progressions("1 4 6 4", "1 6 4 4", "1 2 4 1", "4 6 1 1"),
            "mixolydian": progressions("1 7 1 5", "1 5 1 7", "7 4 1 1"),
        },
        palette={
            "lead": ("vibraphone", "electric piano", "marimba", "clarinet"),
            "keys": ("electric piano", "clean electric guitar", "marimba"),
            "pads": ("warm pad", "strings"),
            "bass": ("electric bass",),
            "drums": ("drum kit",),
        },
        groove=("pop", "shaker"),
        drums_from=34,
        keys=("block", "broken", "eighths"),
        bass=("long", "root fifth", "root fifth"),
        bars_a_chord=2,
        activity=0.45,
        register=70,
        energy=45,
        reverb=1.4,
        hit=("vibraphone", "grand piano"),
        title=("Plain Sailing", "Side Street", "Overview", "In Between", "Common Ground"),
    ),
}
