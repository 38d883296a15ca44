# ruff: noqa: INP001 - scripts are run, not imported
"""Makes the composer's SoundFont: the presets it plays, taken out of MuseScore_General_Lite.sf3.

    python scripts/make_soundfont.py MuseScore_General_Lite.sf3 dalsegno/composer/soundfont/dalsegno.sf3

The font comes with Debian's package musescore-general-soundfont-small. The same input gives the same bytes.
Each preset becomes one instrument with its zones laid flat. What the composer's sampler leaves aside is left
out: modulators, and the filters that only modulators open. The grand piano keeps one layer of dynamics and
every second sample across the keyboard; drum kits keep the keys that grooves are written for.
"""

import dataclasses
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from dalsegno.composer.soundfont_file import (
    FILTER_CUTOFF,
    INSTRUMENT,
    KEY_RANGE,
    RECORDS,
    SAMPLE,
    VELOCITY_RANGE,
    VORBIS_SAMPLE,
    SoundFont,
    Zone,
)

MELODIC = (
    *(0, 4, 6, 7, 8, 9, 10, 11, 12, 14, 16, 19, 21, 22, 24, 25, 26, 27, 28, 29, 30, 32, 33, 38, 39),
    *(40, 42, 44, 45, 46, 47, 48, 49, 50, 52, 53, 56, 57, 58, 60, 61, 62, 65, 68, 70, 71, 72, 73, 75, 77),
    *(80, 81, 88, 89, 90, 95, 104, 105, 107, 108, 110, 114, 116, 119),
)
# Banks and programs: ukulele and concert bass drum beside General MIDI's own, then the drum kits.
PRESETS = (
    *((0, program) for program in MELODIC),
    (8, 24),
    (8, 116),
    *((128, kit) for kit in (0, 25, 40, 48)),
)

# Synthesisers are what their filter makes of them; elsewhere the filter waits for modulators.
FILTERED = {38, 39, 50, 62, 80, 81, 88, 89, 90, 95}
FILTER_GENERATORS = {FILTER_CUTOFF, 9, 10, 11}
PIANO, PIANO_VELOCITY, PIANO_KEYS = (0, 0), 90, (24, 103)
DRUM_BANK, DRUM_KEYS = 128, {*range(35, 60), 69, 70, 75, 80, 81}


def main() -> None:
    """Reads the font named first and writes the subset to the path named second."""
    if len(sys.argv) != 3:
        sys.exit("Give the font to read and the path to write.")
    font = SoundFont(Path(sys.argv[1]))
    names = {(header[2], header[1]): header[0] for header in font.records("phdr")[:-1]}
    chosen = {preset: chosen_zones(preset, font.presets[preset]) for preset in PRESETS}
    Path(sys.argv[2]).write_bytes(subset(font, names, chosen))


def chosen_zones(preset: tuple[int, int], zones: list[Zone]) -> list[Zone]:
    """The zones of a preset that the subset keeps."""
    bank, program = preset
    if preset == PIANO:
        zones = thinned(zones)
    if bank == DRUM_BANK:
        zones = [zone for zone in zones if DRUM_KEYS & set(range(zone.keys[0], zone.keys[1] + 1))]
    if program not in FILTERED or bank == DRUM_BANK:
        zones = [without(zone, FILTER_GENERATORS) for zone in zones]
    return zones


def without(zone: Zone, generators: set[int]) -> Zone:
    """The zone without some of its generators."""
    kept = {name: amount for name, amount in zone.generators.items() if name not in generators}
    return dataclasses.replace(zone, generators=kept)


def thinned(zones: list[Zone]) -> list[Zone]:
    """One layer of dynamics and every second sample, its keys stretched over the gap."""
    low, high = PIANO_KEYS
    layer = [
        zone
        for zone in zones
        if zone.velocities[0] <= PIANO_VELOCITY <= zone.velocities[1]
        and zone.keys[1] >= low
        and zone.keys[0] <= high
        and zone.keys[1] - zone.keys[0] >= 1
    ]
    # Zones that swell in behind the note are crossfades between layers of dynamics.
    spans = sorted({zone.keys for zone in layer})[::2]
    stretched = {}
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        stretched[span] = (span[0], following[0] - 1 if following else high + 5)
    return [
        dataclasses.replace(zone, keys=stretched[zone.keys], velocities=(0, 127))
        for zone in layer
        if zone.keys in stretched
    ]


def subset(
    font: SoundFont, names: dict[tuple[int, int], bytes], chosen: dict[tuple[int, int], list[Zone]]
) -> bytes:
    """A whole font file with the chosen zones and the samples they play."""
    wanted = sorted({zone.sample for zones in chosen.values() for zone in zones})
    number = {sample: place for place, sample in enumerate(wanted)}
    audio = bytearray()
    headers = []
    for sample in wanted:
        name, start, end, *rest, _, kind = font.records("shdr")[sample]
        stream = font.content("smpl", start, end - start)
        headers.append((name, len(audio), len(audio) + len(stream), *rest, 0, 1 | kind & VORBIS_SAMPLE))
        audio += stream
    tables: dict[str, list[tuple[object, ...]]] = {name: [] for name in RECORDS}
    tables["shdr"] = [*headers, (b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    for place, (preset, zones) in enumerate(sorted(chosen.items())):
        tables["phdr"].append((names[preset], preset[1], preset[0], len(tables["pbag"]), 0, 0, 0))
        tables["pbag"].append((len(tables["pgen"]), 0))
        tables["pgen"].append((INSTRUMENT, place))
        tables["inst"].append((names[preset], len(tables["ibag"])))
        for zone in zones:
            tables["ibag"].append((len(tables["igen"]), 0))
            tables["igen"] += generators(zone, number)
    tables["phdr"].append((b"EOP", 0, 0, len(tables["pbag"]), 0, 0, 0))
    tables["pbag"].append((len(tables["pgen"]), 0))
    tables["inst"].append((b"EOI", len(tables["ibag"])))
    tables["ibag"].append((len(tables["igen"]), 0))
    for name, end_record in (("pmod", (0,) * 5), ("imod", (0,) * 5), ("pgen", (0, 0)), ("igen", (0, 0))):
        tables[name].append(end_record)
    hydra = [chunk(name, b"".join(RECORDS[name].pack(*row) for row in rows)) for name, rows in tables.items()]
    information = [
        chunk("ifil", font.content("ifil")),
        chunk("isng", font.content("isng")),
        chunk("INAM", padded(b"Dal Segno: presets of MuseScore_General_Lite\0")),
        chunk("ICOP", font.content("ICOP")),
        chunk("ICMT", font.content("ICMT")),
    ]
    return chunk(
        "RIFF",
        b"sfbk",
        chunk("LIST", b"INFO", *information),
        chunk("LIST", b"sdta", chunk("smpl", padded(bytes(audio)))),
        chunk("LIST", b"pdta", *hydra),
    )


def generators(zone: Zone, number: dict[int, int]) -> Iterable[tuple[int, int]]:
    """A zone's generators in the order that the specification wants: ranges first, the sample last."""
    yield KEY_RANGE, signed(zone.keys[0] | zone.keys[1] << 8)
    yield VELOCITY_RANGE, signed(zone.velocities[0] | zone.velocities[1] << 8)
    for name, amount in sorted(zone.generators.items()):
        if name not in (KEY_RANGE, VELOCITY_RANGE, SAMPLE):
            yield name, max(-32768, min(32767, amount))
    yield SAMPLE, number[zone.sample]


def signed(word: int) -> int:
    """Sixteen bits read as a signed number."""
    return word - 0x10000 if word >= 0x8000 else word


def padded(content: bytes) -> bytes:
    """The content brought to an even length."""
    return content + b"\0" * (len(content) % 2)


def chunk(tag: str, *content: bytes) -> bytes:
    """A RIFF chunk."""
    whole = b"".join(content)
    return struct.pack("<4sI", tag.encode("ascii"), len(whole)) + whole


if __name__ == "__main__":
    main()
