"""The instruments that there are, and the words by which people ask for them."""

import re
import unicodedata
from dataclasses import dataclass

from dalsegno.composer.score import InstrumentReport, Stem


@dataclass(frozen=True)
class Instrument:
    """An instrument of the composer's SoundFont.

    Attributes:
        name: as the cue sheet and the MIDI file call it.
        bank: the font's bank: 0, 8 for variations, 128 for drum kits.
        program: the font's program; that of General MIDI where `bank` is 0.
        low: lowest MIDI key that sounds well.
        high: highest MIDI key that sounds well.
        roles: what it can play, best first: lead, keys, pads, bass, drums.
        sharp: whether its notes begin at once, so that they can mark a cut.
        send: share of its sound that goes into the room, 0..1.
    """

    name: str
    bank: int
    program: int
    low: int
    high: int
    roles: tuple[Stem, ...]
    sharp: bool
    send: float

    @property
    def preset(self) -> tuple[int, int]:
        """(bank, program)."""
        return self.bank, self.program


def _instrument(
    name: str, program: int, low: int, high: int, roles: str, *, send: float = 0.25, bank: int = 0
) -> Instrument:
    """`roles` by their first letters; a "!" in it says that notes begin at once."""
    letters: dict[str, Stem] = {
        "l": "lead",
        "k": "keys",
        "p": "pads",
        "b": "bass",
        "d": "drums",
        "e": "effects",
    }
    roles_in_order = tuple(letters[letter] for letter in roles if letter in letters)
    return Instrument(name, bank, program, low, high, roles_in_order, "!" in roles, send)


CATALOGUE = {
    instrument.name: instrument
    for instrument in (
        _instrument("grand piano", 0, 28, 100, "kl!", send=0.2),
        _instrument("electric piano", 4, 36, 96, "kl!", send=0.22),
        _instrument("harpsichord", 6, 40, 88, "kl!", send=0.2),
        _instrument("clavinet", 7, 40, 84, "k!", send=0.12),
        _instrument("celesta", 8, 60, 100, "lk!", send=0.35),
        _instrument("glockenspiel", 9, 72, 103, "lk!", send=0.35),
        _instrument("music box", 10, 60, 96, "lk!", send=0.35),
        _instrument("vibraphone", 11, 53, 89, "kl!", send=0.35),
        _instrument("marimba", 12, 48, 91, "kl!", send=0.25),
        _instrument("tubular bells", 14, 60, 79, "lk!", send=0.4),
        _instrument("organ", 16, 36, 91, "pkl", send=0.2),
        _instrument("church organ", 19, 36, 91, "pkl", send=0.45),
        _instrument("accordion", 21, 53, 89, "lpk", send=0.2),
        _instrument("harmonica", 22, 60, 88, "l", send=0.25),
        _instrument("nylon guitar", 24, 40, 83, "kl!", send=0.22),
        _instrument("ukulele", 24, 55, 86, "kl!", send=0.2, bank=8),
        _instrument("steel guitar", 25, 40, 84, "kl!", send=0.2),
        _instrument("jazz guitar", 26, 40, 84, "kl!", send=0.2),
        _instrument("clean electric guitar", 27, 40, 86, "kl!", send=0.22),
        _instrument("muted electric guitar", 28, 40, 84, "k!", send=0.12),
        _instrument("overdriven guitar", 29, 40, 84, "kl", send=0.15),
        _instrument("distorted guitar", 30, 40, 84, "kl", send=0.12),
        _instrument("acoustic bass", 32, 28, 55, "b!", send=0.08),
        _instrument("electric bass", 33, 28, 55, "b", send=0.04),
        _instrument("synth bass", 38, 28, 55, "b!", send=0.03),
        _instrument("deep synth bass", 39, 28, 55, "b!", send=0.03),
        _instrument("violin", 40, 55, 96, "l", send=0.35),
        _instrument("cello", 42, 36, 72, "lb", send=0.35),
        _instrument("tremolo strings", 44, 40, 88, "p", send=0.4),
        _instrument("pizzicato strings", 45, 40, 88, "kl!", send=0.35),
        _instrument("harp", 46, 36, 96, "kl!", send=0.35),
        _instrument("timpani", 47, 36, 57, "d!", send=0.35),
        _instrument("strings", 48, 36, 91, "pl", send=0.38),
        _instrument("slow strings", 49, 36, 91, "pl", send=0.4),
        _instrument("synth strings", 50, 40, 88, "p", send=0.3),
        _instrument("choir", 52, 43, 79, "pl", send=0.45),
        _instrument("voice oohs", 53, 48, 79, "pl", send=0.45),
        _instrument("trumpet", 56, 55, 84, "l", send=0.3),
        _instrument("trombone", 57, 40, 72, "lp", send=0.3),
        _instrument("tuba", 58, 28, 58, "b", send=0.25),
        _instrument("french horns", 60, 41, 77, "lp", send=0.4),
        _instrument("brass", 61, 43, 82, "pl", send=0.3),
        _instrument("synth brass", 62, 43, 84, "pl", send=0.2),
        _instrument("saxophone", 65, 49, 81, "l", send=0.3),
        _instrument("oboe", 68, 58, 91, "l", send=0.35),
        _instrument("bassoon", 70, 34, 72, "lb", send=0.3),
        _instrument("clarinet", 71, 50, 89, "l", send=0.35),
        _instrument("piccolo", 72, 74, 103, "l", send=0.35),
        _instrument("flute", 73, 60, 96, "l", send=0.38),
        _instrument("pan flute", 75, 60, 93, "l", send=0.4),
        _instrument("shakuhachi", 77, 57, 88, "l", send=0.4),
        _instrument("square lead", 80, 48, 91, "lk!", send=0.18),
        _instrument("saw lead", 81, 48, 91, "lk!", send=0.2),
        _instrument("fantasia pad", 88, 48, 88, "pk!", send=0.35),
        _instrument("warm pad", 89, 40, 84, "p", send=0.35),
        _instrument("polysynth", 90, 48, 88, "kpl!", send=0.25),
        _instrument("sweep pad", 95, 40, 84, "p", send=0.35),
        _instrument("sitar", 104, 48, 80, "lk!", send=0.25),
        _instrument("banjo", 105, 48, 86, "kl!", send=0.15),
        _instrument("koto", 107, 48, 88, "kl!", send=0.3),
        _instrument("kalimba", 108, 55, 88, "kl!", send=0.3),
        _instrument("fiddle", 110, 55, 93, "l", send=0.25),
        _instrument("steel drums", 114, 55, 88, "kl!", send=0.25),
        _instrument("taiko", 116, 36, 60, "d!", send=0.35),
        _instrument("concert bass drum", 116, 30, 60, "d!", send=0.4, bank=8),
        _instrument("reverse cymbal", 119, 48, 72, "e", send=0.3),
        _instrument("drum kit", 0, 35, 81, "d!", send=0.12, bank=128),
        _instrument("808 kit", 25, 35, 81, "d!", send=0.08, bank=128),
        _instrument("brush kit", 40, 35, 81, "d!", send=0.18, bank=128),
        _instrument("orchestral percussion", 48, 35, 59, "d!", send=0.35, bank=128),
    )
}

# Other words for what is there. Each leads to the instrument itself, so asking by them is honoured.
SYNONYMS = {
    "grand piano": "piano, pianos, acoustic piano, upright piano, concert piano, felt piano, keyboard, "
    "keyboards",
    "electric piano": "lo fi keys, lofi keys, lo fi piano, rhodes, wurlitzer, e piano, epiano, keys, fender rhodes",
    "celesta": "celeste",
    "glockenspiel": "glock, bells, bell, orchestral bells, chimes",
    "vibraphone": "vibes, vibraphones",
    "tubular bells": "church bells, church bell",
    "organ": "hammond, hammond organ, drawbar organ, rock organ",
    "church organ": "pipe organ, cathedral organ",
    "harmonica": "blues harp, mouth organ",
    "nylon guitar": "classical guitar, spanish guitar, guitar, nylon string guitar, flamenco guitar",
    "steel guitar": "acoustic guitar, acoustic guitars, folk guitar, steel string guitar, western guitar",
    "clean electric guitar": "electric guitar, clean guitar, electric guitars",
    "muted electric guitar": "palm muted guitar, muted guitar",
    "overdriven guitar": "overdrive guitar, rock guitar, crunch guitar, rock guitars",
    "distorted guitar": "distortion guitar, metal guitar, heavy guitar, heavy guitars, distorted guitars",
    "acoustic bass": "double bass, upright bass, contrabass, string bass",
    "electric bass": "bass, bass guitar, fingered bass, finger bass, e bass",
    "synth bass": "bass synth, moog bass, acid bass",
    "deep synth bass": "sub bass, sub, 808 bass",
    "violin": "violins, solo violin",
    "cello": "cellos, celli, violoncello, solo cello",
    "tremolo strings": "string tremolo",
    "pizzicato strings": "pizzicato, pizz, plucked strings",
    "harp": "harps, concert harp",
    "timpani": "kettledrums, kettledrum, kettle drums",
    "strings": "string section, string ensemble, orchestra, string orchestra, orchestral strings, "
    "orchestral, string quartet, staccato strings",
    "slow strings": "legato strings, sustained strings, warm strings, soft strings",
    "synth strings": "string synth, string machine, analog strings",
    "choir": "choirs, choir aahs, chorus, choral",
    "voice oohs": "oohs, humming",
    "trumpet": "trumpets, cornet",
    "trombone": "trombones",
    "tuba": "tubas",
    "french horns": "french horn, horn, horns",
    "brass": "brass section, brass ensemble, big brass",
    "synth brass": "brass synth",
    "saxophone": "sax, alto sax, alto saxophone, saxophones",
    "oboe": "oboes",
    "bassoon": "bassoons",
    "clarinet": "clarinets",
    "flute": "flutes, woodwind, woodwinds",
    "pan flute": "panpipes, pan pipes, pan pipe",
    "square lead": "chiptune lead, chip lead, 8 bit lead, square wave",
    "saw lead": "synth lead, lead synth, sawtooth lead, supersaw",
    "fantasia pad": "bell pad, new age pad",
    "warm pad": "pad, pads, synth pad, synth pads, ambient pad, ambient pads, drone, drones",
    "polysynth": "synth, synths, synthesizer, synthesizers, synthesiser, synthesisers, analog synth, arpeggiator",
    "sweep pad": "sweeping pad",
    "banjo": "banjos",
    "kalimba": "thumb piano, mbira",
    "steel drums": "steel drum, steelpan, steel pan",
    "taiko": "taikos, taiko drum, taiko drums, war drums",
    "concert bass drum": "gran cassa, orchestral bass drum",
    "drum kit": "drums, drum, drumkit, drum set, drumset, acoustic drums, percussion, live drums, snare, "
    "kick, beat, beats",
    "808 kit": "808, 808s, tr 808, trap drums, electronic drums, drum machine, hip hop drums, "
    "lofi drums, lo fi drums",
    "brush kit": "brushes, brush drums, jazz drums, brushed drums",
    "orchestral percussion": "orchestra percussion, orchestral drums, cinematic percussion, "
    "cinematic drums, epic drums",
}

# What is not there, and what comes nearest to it.
SUBSTITUTES = {
    "viola": "cello",
    "violas": "cello",
    "tenor sax": "saxophone",
    "tenor saxophone": "saxophone",
    "soprano sax": "saxophone",
    "baritone sax": "saxophone",
    "english horn": "oboe",
    "cor anglais": "oboe",
    "recorder": "flute",
    "tin whistle": "piccolo",
    "whistle": "piccolo",
    "whistling": "piccolo",
    "ocarina": "pan flute",
    "didgeridoo": "bassoon",
    "bagpipe": "oboe",
    "bagpipes": "oboe",
    "duduk": "oboe",
    "erhu": "violin",
    "xylophone": "marimba",
    "hang": "kalimba",
    "hang drum": "kalimba",
    "handpan": "kalimba",
    "mandolin": "ukulele",
    "bouzouki": "ukulele",
    "balalaika": "ukulele",
    "oud": "nylon guitar",
    "lute": "nylon guitar",
    "12 string guitar": "steel guitar",
    "slide guitar": "steel guitar",
    "dulcimer": "harpsichord",
    "hammered dulcimer": "harpsichord",
    "cimbalom": "harpsichord",
    "zither": "koto",
    "guzheng": "koto",
    "shamisen": "banjo",
    "honky tonk piano": "grand piano",
    "toy piano": "music box",
    "harmonium": "accordion",
    "concertina": "accordion",
    "bandoneon": "accordion",
    "melodica": "harmonica",
    "theremin": "saw lead",
    "vocals": "voice oohs",
    "voice": "voice oohs",
    "voices": "choir",
    "singing": "voice oohs",
    "singer": "voice oohs",
    "flugelhorn": "trumpet",
    "euphonium": "trombone",
    "slap bass": "electric bass",
    "fretless bass": "acoustic bass",
    "bongos": "drum kit",
    "congas": "drum kit",
    "cajon": "brush kit",
    "djembe": "taiko",
    "tabla": "taiko",
    "shaker": "drum kit",
    "tambourine": "drum kit",
    "claps": "808 kit",
    "hand claps": "808 kit",
}


# Drums that don't sound their MIDI key: what key 36 sounds, as a MIDI key, and semitones a key; as measured.
TUNINGS = {"taiko": (28.19, 0.5), "concert bass drum": (29.43, 0.2)}
IN_TUNE = 0.35


def tuned(name: str, key: int, pitch_classes: tuple[int, ...]) -> int:
    """The key next to a given one at which a drum sounds one of the pitch classes.

    The key itself for instruments that sound what is written, and where the drum can't sound any of them.
    """
    if name not in TUNINGS:
        return key
    pitch, step = TUNINGS[name]
    player = CATALOGUE[name]
    fitting = []
    for candidate in range(player.low, player.high + 1):
        sounding = pitch + step * (candidate - 36)
        if round(sounding) % 12 in pitch_classes and abs(sounding - round(sounding)) <= IN_TUNE:
            fitting.append(candidate)
    return min(fitting, key=lambda candidate: (abs(candidate - key), candidate), default=key)


def plain(text: str) -> str:
    """Lower case, no accents, words parted by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9#]+", " ", letters).strip()


NAMES: dict[str, str] = {name: name for name in CATALOGUE}
NAMES |= {word: name for name, words in SYNONYMS.items() for word in words.split(", ")}
WORDS: dict[str, tuple[str, bool]] = {word: (name, True) for word, name in NAMES.items()}
WORDS |= {word: (name, False) for word, name in SUBSTITUTES.items() if word not in NAMES}
LONGEST_PHRASE = max(len(word.split()) for word in WORDS)


def find_words(text: str) -> list[tuple[int, int, str]]:
    """All phrases of `WORDS` in a plain text, the longest first taken: (first word, end, phrase)."""
    words = text.split()
    found = []
    place = 0
    while place < len(words):
        for length in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + length])
            if phrase in WORDS:
                found.append((place, place + length, phrase))
                place += length
                break
        else:
            place += 1
    return found


def resolve(asked: str) -> InstrumentReport:
    """What is played for an instrument that is asked for by any words."""
    text = plain(asked)
    if text in WORDS:
        name, exact = WORDS[text]
    else:
        found = find_words(text)
        if not found:
            return InstrumentReport(asked, "ignored", (), "No instrument of this name is known.")
        # In "old dusty piano" the last word is the instrument.
        name, exact = WORDS[found[-1][2]]
    if exact:
        return InstrumentReport(asked, "honoured", (name,), f"Played by {name}.")
    return InstrumentReport(
        asked, "substituted", (name,), f"There is no such instrument here; {name} comes nearest to it."
    )
