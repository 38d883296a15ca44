"""Reading a SoundFont: chunks, presets and zones, after the SoundFont 2.04 specification.

Compressed fonts (sf3) hold one Ogg Vorbis stream a sample; their loop points count from the sample's start.
"""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Generators of the specification's section 8.1.2 that this composer's sampler plays.
PAN, ATTENUATION, FILTER_CUTOFF = 17, 48, 8
HOLD, ATTACK, DECAY, SUSTAIN, RELEASE = 35, 34, 36, 37, 38
KEY_TO_HOLD, KEY_TO_DECAY = 39, 40
INSTRUMENT, KEY_RANGE, VELOCITY_RANGE, SAMPLE = 41, 43, 44, 53
COARSE_TUNE, FINE_TUNE, LOOP_MODE, SCALE_TUNING, ROOT_KEY = 51, 52, 54, 56, 58

# Values where a zone says nothing: time cents, cents, centibels.
DEFAULTS = {
    ATTACK: -12000,
    HOLD: -12000,
    DECAY: -12000,
    RELEASE: -12000,
    FILTER_CUTOFF: 13500,
    SCALE_TUNING: 100,
    ROOT_KEY: -1,
}

RECORDS = {
    "phdr": struct.Struct("<20sHHHIII"),
    "pbag": struct.Struct("<HH"),
    "pmod": struct.Struct("<HHhHH"),
    "pgen": struct.Struct("<Hh"),
    "inst": struct.Struct("<20sH"),
    "ibag": struct.Struct("<HH"),
    "imod": struct.Struct("<HHhHH"),
    "igen": struct.Struct("<Hh"),
    "shdr": struct.Struct("<20sIIIIIBbHH"),
}
VORBIS_SAMPLE = 0x10


@dataclass(frozen=True)
class Zone:
    """What sounds for a range of keys and velocities: one sample and how to play it.

    Attributes:
        generators: the specification's generators, instrument and preset level summed.
    """

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: int
    generators: dict[int, int]

    def plays(self, key: int, velocity: int) -> bool:
        """Whether the zone sounds for this key and velocity (both 0..127)."""
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]

    def value(self, generator: int) -> int:
        """A generator's value, or what the specification takes where there is none."""
        return self.generators.get(generator, DEFAULTS.get(generator, 0))


@dataclass(frozen=True)
class SampleHeader:
    """Where a sample lies in the font and how it loops; loop points in samples from its start."""

    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    root_key: int
    correction: int


def range_of(amount: int) -> tuple[int, int]:
    """A range generator's two bytes: lowest and highest."""
    unsigned = amount & 0xFFFF
    return unsigned & 0xFF, unsigned >> 8


class SoundFont:
    """A compressed SoundFont (sf3) file.

    Args:
        path: the file.

    Raises:
        ValueError: if the file is no sf3 SoundFont.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.chunks = dict(self._chunks())
        if "smpl" not in self.chunks or "shdr" not in self.chunks:
            raise ValueError(f"{path.name} is not a SoundFont.")

    def _chunks(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yields (chunk's name, (offset, length of its content)) of all that is no list."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            offset = 12
            while offset + 8 <= size:
                file.seek(offset)
                tag, length = struct.unpack("<4sI", file.read(8))
                # Some compressed fonts leave out the padding byte after chunks of odd length.
                if not tag.isalpha() and not tag.strip().isalnum():
                    offset += 1
                    continue
                if tag == b"LIST":
                    offset += 12
                    continue
                yield tag.decode("ascii"), (offset + 8, length)
                offset += 8 + length
                if length % 2:
                    file.seek(offset)
                    offset += file.read(1) == b"\0"

    def content(self, chunk: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes of a chunk, from `start` on, `length` of them or all the rest."""
        offset, size = self.chunks[chunk]
        with self.path.open("rb") as file:
            file.seek(offset + start)
            return file.read(size - start if length is None else length)

    def records(self, chunk: str) -> list[tuple[Any, ...]]:
        """The records of one of the tables in `RECORDS`."""
        return list(RECORDS[chunk].iter_unpack(self.content(chunk)))

    @cached_property
    def samples(self) -> list[SampleHeader]:
        """The headers of all samples."""
        return [
            SampleHeader(start, end, loop_start, loop_end, rate, root, correction)
            for _, start, end, loop_start, loop_end, rate, root, correction, _, _ in self.records("shdr")[:-1]
        ]

    @cached_property
    def presets(self) -> dict[tuple[int, int], list[Zone]]:
        """All zones by (bank, program)."""
        headers = self.records("phdr")
        preset_zones = self._zones("pbag", "pgen")
        instruments = self.records("inst")
        instrument_zones = self._zones("ibag", "igen")
        presets = {}
        for header, following in itertools.pairwise(headers):
            zones: list[Zone] = []
            for outer in with_globals(preset_zones[header[3] : following[3]], INSTRUMENT):
                first, last = (instruments[outer[INSTRUMENT] + step][1] for step in (0, 1))
                for inner in with_globals(instrument_zones[first:last], SAMPLE):
                    zone = join(inner, outer)
                    if zone:
                        zones.append(zone)
            presets[header[2], header[1]] = zones
        return presets

    def _zones(self, bags: str, generators: str) -> list[dict[int, int]]:
        table = self.records(generators)
        starts = [bag[0] for bag in self.records(bags)]
        return [dict(table[start:end]) for start, end in itertools.pairwise(starts)]

    def decode(self, sample: int) -> Floats:
        """A sample's audio: mono, float32 in -1..1, at the header's rate."""
        header = self.samples[sample]
        stream = self.content("smpl", header.start, header.end - header.start)
        audio, _ = soundfile.read(BytesIO(stream), dtype="float32", always_2d=True)
        return np.ascontiguousarray(audio[:, 0])


def with_globals(zones: list[dict[int, int]], target: int) -> list[dict[int, int]]:
    """The zones that lead to a `target`, each laid over the global zone, if the first one is global."""
    if zones and target not in zones[0]:
        return [zones[0] | zone for zone in zones[1:] if target in zone]
    return [zone for zone in zones if target in zone]


def join(inner: dict[int, int], outer: dict[int, int]) -> Zone | None:
    """An instrument's zone as a preset plays it: values added, ranges intersected; None if nothing remains."""
    (low, high), (low_outer, high_outer) = (
        range_of(zone.get(KEY_RANGE, 127 << 8)) for zone in (inner, outer)
    )
    (soft, loud), (soft_outer, loud_outer) = (
        range_of(zone.get(VELOCITY_RANGE, 127 << 8)) for zone in (inner, outer)
    )
    keys = max(low, low_outer), min(high, high_outer)
    velocities = max(soft, soft_outer), min(loud, loud_outer)
    if keys[0] > keys[1] or velocities[0] > velocities[1]:
        return None
    generators = dict(inner)
    for generator, amount in outer.items():
        if generator not in (INSTRUMENT, KEY_RANGE, VELOCITY_RANGE):
            generators[generator] = generators.get(generator, DEFAULTS.get(generator, 0)) + amount
    return Zone(keys, velocities, inner[SAMPLE] & 0xFFFF, generators)
