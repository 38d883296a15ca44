"""The instruments that there are."""

from dataclasses import dataclass

from dalsegno.composer.score import Stem


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
