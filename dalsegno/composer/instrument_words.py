"""The words by which people ask for instruments, and what is played for them."""

import re
import unicodedata
from dataclasses import replace

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.score import InstrumentReport

# Other words for what is there. Each leads to the instrument itself, so asking by them is honoured.
SYNONYMS = {
    "grand piano": "piano, pianos, acoustic piano, acoustic grand piano, concert piano, concert grand",
    "electric piano": "electric piano 1, lo fi keys, lofi keys, lo fi piano, rhodes, "
    "wurlitzer, e piano, epiano, keys, fender rhodes",
    "celesta": "celeste",
    "glockenspiel": "glock, bells, bell, orchestral bells, chimes",
    "vibraphone": "vibes, vibraphones",
    "tubular bells": "church bells, church bell",
    "organ": "organs, electric organ, hammond, hammond organ, drawbar organ",
    "church organ": "pipe organ, cathedral organ",
    "harmonica": "blues harp, mouth organ",
    "nylon guitar": "acoustic guitar nylon, classical guitar, spanish guitar, guitar, "
    "nylon string guitar, flamenco guitar",
    "steel guitar": "acoustic guitar steel, acoustic guitar, acoustic guitars, folk guitar, "
    "steel string guitar, western guitar",
    "jazz guitar": "electric guitar jazz",
    "clean electric guitar": "electric guitar clean, electric guitar, clean guitar, electric guitars",
    "muted electric guitar": "electric guitar muted, palm muted guitar, muted guitar",
    "overdriven guitar": "overdrive guitar, rock guitar, crunch guitar, rock guitars",
    "distorted guitar": "distortion guitar, metal guitar, heavy guitar, heavy guitars, distorted guitars",
    "acoustic bass": "double bass, upright bass, string bass",
    "electric bass": "electric bass finger, bass, bass guitar, fingered bass, finger bass, e bass",
    "synth bass": "synth bass 1, bass synth, moog bass, acid bass",
    "deep synth bass": "synth bass 2, sub bass, sub, 808 bass",
    "violin": "violins, solo violin",
    "cello": "cellos, celli, violoncello, solo cello",
    "tremolo strings": "string tremolo",
    "pizzicato strings": "pizzicato, pizz, plucked strings",
    "harp": "harps, concert harp, orchestral harp",
    "timpani": "kettledrums, kettledrum, kettle drums",
    "strings": "string section, string ensemble, orchestra, string orchestra, orchestral strings, "
    "orchestral, string ensemble 1",
    "slow strings": "string ensemble 2, legato strings, sustained strings, warm strings, soft strings",
    "synth strings": "synth strings 1, string synth, string machine, analog strings",
    "choir": "choirs, choir aahs, chorus, choral",
    "voice oohs": "oohs, humming",
    "trumpet": "trumpets, cornet",
    "trombone": "trombones",
    "tuba": "tubas",
    "french horns": "french horn, horn, horns",
    "brass": "brass section, brass ensemble, big brass",
    "synth brass": "synth brass 1, brass synth",
    "saxophone": "sax, alto sax, alto saxophone, saxophones",
    "oboe": "oboes",
    "bassoon": "bassoons",
    "clarinet": "clarinets",
    "flute": "flutes",
    "pan flute": "panpipes, pan pipes, pan pipe",
    "square lead": "lead 1 square, chiptune lead, chip lead, 8 bit lead, square wave",
    "saw lead": "lead 2 sawtooth, synth lead, lead synth, sawtooth lead, supersaw",
    "fantasia pad": "pad 1 new age, bell pad, new age pad",
    "warm pad": "pad 2 warm, pad, pads, synth pad, synth pads, ambient pad, ambient pads, drone, drones",
    "polysynth": "pad 3 polysynth, synth, synths, synthesizer, synthesizers, synthesiser, synthesisers, "
    "analog synth, arpeggiator",
    "sweep pad": "pad 8 sweep, sweeping pad",
    "banjo": "banjos",
    "kalimba": "thumb piano, mbira",
    "steel drums": "steel drum, steelpan, steel pan",
    "taiko": "taikos, taiko drum, taiko drums, war drums",
    "concert bass drum": "gran cassa, orchestral bass drum",
    "drum kit": "drums, drum, drumkit, drum set, drumset, acoustic drums, percussion, live drums, snare, "
    "kick, hi hat, cymbals, beat, beats",
    "808 kit": "808, 808s, tr 808, trap drums, electronic drums, drum machine, hip hop drums, "
    "lofi drums, lo fi drums",
    "brush kit": "brushes, brush drums, jazz drums, brushed drums",
    "orchestral percussion": "orchestra percussion, orchestral drums, cinematic percussion, "
    "cinematic drums, epic drums",
}

# What is not there, and what comes nearest to it.
SUBSTITUTES = {
    "upright piano": "grand piano",
    "felt piano": "grand piano",
    "prepared piano": "grand piano",
    "bright acoustic piano": "grand piano",
    "electric grand piano": "electric piano",
    "electric piano 2": "electric piano",
    "keyboard": "grand piano",
    "keyboards": "grand piano",
    "honky tonk": "grand piano",
    "percussive organ": "organ",
    "rock organ": "organ",
    "contrabass": "acoustic bass",
    "pad 4 choir": "choir",
    "reed organ": "accordion",
    "tango accordion": "accordion",
    "guitar harmonics": "nylon guitar",
    "electric bass pick": "electric bass",
    "orchestra hit": "brass",
    "string quartet": "strings",
    "staccato strings": "pizzicato strings",
    "spiccato strings": "pizzicato strings",
    "synth strings 2": "synth strings",
    "synth brass 2": "synth brass",
    "synth voice": "voice oohs",
    "muted trumpet": "trumpet",
    "bass clarinet": "bassoon",
    "bass flute": "flute",
    "alto flute": "flute",
    "contrabassoon": "bassoon",
    "woodwind": "flute",
    "woodwinds": "flute",
    "blown bottle": "pan flute",
    "lead 3 calliope": "square lead",
    "lead 4 chiff": "square lead",
    "lead 5 charang": "saw lead",
    "lead 6 voice": "voice oohs",
    "lead 7 fifths": "saw lead",
    "lead 8 bass lead": "saw lead",
    "pad 5 bowed": "fantasia pad",
    "pad 6 metallic": "fantasia pad",
    "pad 7 halo": "sweep pad",
    "fx 1 rain": "fantasia pad",
    "fx 2 soundtrack": "sweep pad",
    "fx 3 crystal": "fantasia pad",
    "fx 4 atmosphere": "fantasia pad",
    "fx 5 brightness": "fantasia pad",
    "fx 6 goblins": "sweep pad",
    "fx 7 echoes": "warm pad",
    "fx 8 sci fi": "sweep pad",
    "shanai": "oboe",
    "tinkle bell": "glockenspiel",
    "agogo": "drum kit",
    "woodblock": "drum kit",
    "melodic tom": "taiko",
    "synth drum": "808 kit",
    "toms": "drum kit",
    "bass drum": "concert bass drum",
    "snare drum": "drum kit",
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

# Nothing that could be played stands for these: sounds of General MIDI that are no instruments.
NO_INSTRUMENTS = frozenset(
    (
        *("guitar fret noise", "breath noise", "seashore", "bird tweet", "telephone ring", "helicopter"),
        *("applause", "gunshot"),
    )
)
# Words that leave an instrument what it is. With any other word beside it, it is another instrument or another way to
# play it, and what is played is said to come nearest.
MANNER_WORDS = (
    "a an the some my our and or with of in for on please like any more very little bit "
    "old dusty warm soft gentle bright dark big small deep light lush airy mellow sweet vintage retro analog "
    "analogue classic live real solo ensemble section sound sounds sample samples part parts line lines melody "
    "played playing player instrument instruments tone tones quiet loud lovely beautiful clean dry wet intimate "
    "emotional delicate subtle slow fast high low wide rich thin thick smooth rough nice good great simple "
    "rhythm rhythmic lead backing background orchestral cinematic epic dreamy hazy crisp punchy heavy"
)
MANNERS = frozenset(MANNER_WORDS.split())
_BETWEEN = re.compile(r"\s*(?:[,;&+/|]|\band\b|\bplus\b|\bwith\b)\s*", re.IGNORECASE)


def plain(text: str) -> str:
    """Lower case, no accents, words parted by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9#]+", " ", letters).strip()


NAMES: dict[str, str] = {name: name for name in CATALOGUE}
NAMES |= {word: name for name, words in SYNONYMS.items() for word in words.split(", ")}
WORDS: dict[str, tuple[str, bool]] = {word: (name, True) for word, name in NAMES.items()}
WORDS |= {word: (name, False) for word, name in SUBSTITUTES.items() if word not in NAMES}
# Several of them are asked for as one is.
WORDS |= {
    f"{word}s": found for word, found in WORDS.items() if not word.endswith("s") and f"{word}s" not in WORDS
}
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
    """What is played for an instrument, or for several of them ("piano and strings"), asked for by any words."""
    if plain(asked) in WORDS:
        return resolve_one(asked)
    # In brackets or not, the words of a name of General MIDI belong together.
    single = [resolve_one(part) for part in _BETWEEN.split(asked) if plain(part)]
    if len(single) <= 1:
        return replace(resolve_one(asked), asked=asked)
    played = tuple(dict.fromkeys(name for report in single for name in report.played))
    if all(report.status == "honoured" for report in single):
        return InstrumentReport(asked, "honoured", played, f"Played by {', '.join(played)}.")
    note = " ".join(f"{report.asked}: {report.note}" for report in single if report.status != "honoured")
    return InstrumentReport(asked, "substituted" if played else "ignored", played, note)


def resolve_one(asked: str) -> InstrumentReport:
    """What is played for one instrument."""
    text = plain(asked)
    found = find_words(text)
    if text in NO_INSTRUMENTS or not found:
        return InstrumentReport(asked, "ignored", (), "No instrument of this name is known.")
    # In "old dusty piano" the last word is the instrument.
    first, end, phrase = found[-1]
    name, exact = WORDS[phrase]
    words = text.split()
    if exact and all(word in MANNERS for word in (*words[:first], *words[end:])):
        return InstrumentReport(asked, "honoured", (name,), f"Played by {name}.")
    return InstrumentReport(
        asked, "substituted", (name,), f"There is no such instrument here; {name} comes nearest to it."
    )
