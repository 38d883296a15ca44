"""Plays single notes of a SoundFont.

Velocity sets level and brightness as the specification's default modulators have it: a concave curve of
level, and a low-pass filter that opens by two octaves. Decoded samples and transposed waves are kept, up to
a limit, so that a note that comes again costs a multiplication and no more.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from dalsegno.composer.soundfont_file import (
    ATTACK,
    ATTENUATION,
    COARSE_TUNE,
    DECAY,
    FILTER_CUTOFF,
    FINE_TUNE,
    HOLD,
    KEY_TO_DECAY,
    KEY_TO_HOLD,
    LOOP_MODE,
    PAN,
    RELEASE,
    ROOT_KEY,
    SCALE_TUNING,
    SUSTAIN,
    Floats,
    SoundFont,
    Zone,
)
from dalsegno.models import SAMPLE_RATE

FONT_PATH = Path(__file__).parent / "soundfont" / "dalsegno.sf3"

# The EMU synthesisers, on which fonts are tuned by ear, apply 0.4 of the attenuation that is written.
ATTENUATION_SCALE = 0.4
LONGEST_RELEASE = 3.0
SHORTEST_RELEASE = 0.03
SILENCE_DB = 80.0
SHORTEST_LOOP = 8
SAMPLE_CACHE_BYTES, WAVE_CACHE_BYTES = 64 * 2**20, 96 * 2**20
# Of the velocity's 24 semitones of filter, in steps: waves are kept per step.
BRIGHTNESS_STEPS = 4
OPEN_FILTER_HZ = 18_000.0


@dataclass(frozen=True)
class Played:
    """One note's audio.

    Attributes:
        audio: 2 by n, float32, at 48 kHz.
        lead: samples from the start until the note is felt to begin.
    """

    audio: Floats
    lead: int


def seconds(time_cents: int) -> float:
    """Time cents as seconds (specification, section 8.1.2): 0 is one second, 1200 more is twice as long."""
    return float(2.0 ** (time_cents / 1200))


class Cache:
    """Arrays by key, the least lately used going first when their bytes exceed a limit."""

    def __init__(self, limit: int) -> None:
        self.limit, self.bytes = limit, 0
        self.arrays: OrderedDict[object, Floats] = OrderedDict()

    def get(self, key: object) -> Floats | None:
        """The array, if it is there."""
        if key in self.arrays:
            self.arrays.move_to_end(key)
            return self.arrays[key]
        return None

    def put(self, key: object, array: Floats) -> None:
        """Keeps an array in place of what the key held."""
        self.bytes -= self.arrays.pop(key).nbytes if key in self.arrays else 0
        self.arrays[key] = array
        self.bytes += array.nbytes
        while self.bytes > self.limit and len(self.arrays) > 1:
            self.bytes -= self.arrays.popitem(last=False)[1].nbytes


class Sampler:
    """Plays the presets of one font, in float32 at 48 kHz."""

    def __init__(self, font: SoundFont) -> None:
        self.font = font
        self.samples = Cache(SAMPLE_CACHE_BYTES)
        self.waves = Cache(WAVE_CACHE_BYTES)

    def play(self, preset: tuple[int, int], key: int, velocity: int, length: float) -> Played:
        """Plays a note.

        Args:
            preset: (bank, program); drum kits are in bank 128 and play their samples to the end.
            key: 0..127.
            velocity: 1..127.
            length: seconds from the note's start to its release.

        Raises:
            KeyError: if the font lacks the preset.
        """
        voices = []
        held = round(length * SAMPLE_RATE)
        brightness = min(BRIGHTNESS_STEPS - 1, velocity * BRIGHTNESS_STEPS // 128)
        for place, zone in enumerate(self.font.presets[preset]):
            if not zone.plays(key, velocity):
                continue
            release = min(max(seconds(zone.value(RELEASE)), SHORTEST_RELEASE), LONGEST_RELEASE)
            sustained = held + round(release * SAMPLE_RATE * SILENCE_DB / 100)
            if preset[0] == 128:
                held = sustained = SAMPLE_RATE * 6
            wave = self._wave((preset, place), zone, key, brightness, sustained)[:sustained]
            voices.append((zone, wave * envelope(zone, key, len(wave), held, release)))
        if not voices:
            return Played(np.zeros((2, 1), np.float32), 0)
        audio = np.zeros((2, max(len(wave) for _, wave in voices)), np.float32)
        for zone, wave in voices:
            level = (velocity / 127) ** 2 * 10 ** (-ATTENUATION_SCALE * zone.value(ATTENUATION) / 200)
            pan = np.clip(zone.value(PAN) / 1000 + 0.5, 0, 1) * np.pi / 2
            for channel, gain in enumerate((np.cos(pan), np.sin(pan))):
                if gain > 1e-3:
                    audio[channel, : len(wave)] += np.float32(gain * level) * wave
        return Played(audio, lead_in(audio))

    def _wave(self, zone_name: object, zone: Zone, key: int, brightness: int, length: int) -> Floats:
        """A zone's sample, transposed and filtered: at least `length` samples, fewer if it ends before.

        What is kept never depends on which note came first: looped waves only grow, others are kept whole.
        """
        name = zone_name, key, brightness
        kept = self.waves.get(name)
        header = self.font.samples[zone.sample]
        loops = zone.value(LOOP_MODE) in (1, 3) and header.loop_end - header.loop_start > SHORTEST_LOOP
        if kept is not None and (len(kept) >= length or not loops):
            return kept
        source = self._sample(zone.sample)
        root = zone.value(ROOT_KEY) if zone.value(ROOT_KEY) >= 0 else header.root_key
        cents = (
            (key - root) * zone.value(SCALE_TUNING)
            + header.correction
            + zone.value(COARSE_TUNE) * 100
            + zone.value(FINE_TUNE)
        )
        ratio = 2 ** (cents / 1200) * header.rate / SAMPLE_RATE
        if loops:
            # Some way beyond what is asked: the next longer note of this pitch then finds it here.
            length = round(length * 1.5)
            source = looped(source, header.loop_start, header.loop_end, int(length * ratio) + 4)
        else:
            length = int(len(source) / ratio)
        wave = resampled(source, ratio, length)
        cutoff = cutoff_hz(zone, brightness)
        if cutoff < OPEN_FILTER_HZ:
            pole = np.exp(-2 * np.pi * cutoff / SAMPLE_RATE)
            wave = lfilter([1 - pole], [1, -pole], wave).astype(np.float32)
        if not loops:
            fade = min(len(wave), 240)
            wave[len(wave) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        self.waves.put(name, wave)
        return wave

    def _sample(self, sample: int) -> Floats:
        kept = self.samples.get(sample)
        if kept is None:
            kept = self.font.decode(sample)
            self.samples.put(sample, kept)
        return kept


@lru_cache(maxsize=1)
def builtin_sampler() -> Sampler:
    """The sampler of the font that comes with the composer; its caches live as long as the process."""
    return Sampler(SoundFont(FONT_PATH))


def cutoff_hz(zone: Zone, brightness: int) -> float:
    """Where the low-pass filter closes, for a step of brightness from 0 to `BRIGHTNESS_STEPS` - 1."""
    closed = 2400 * (1 - (brightness + 1) / BRIGHTNESS_STEPS)
    return float(8.176 * 2 ** ((min(zone.value(FILTER_CUTOFF), 13500) - closed) / 1200))


def looped(source: Floats, start: int, end: int, length: int) -> Floats:
    """The sample with its loop played over and over until there are `length` samples."""
    if length <= end:
        return source[: max(length, 2)]
    repeats = -(-(length - end) // (end - start))
    return np.concatenate((source[:end], np.tile(source[start:end], repeats)))[:length]


def resampled(source: Floats, ratio: float, length: int) -> Floats:
    """Reads a sample `ratio` times as fast, by cubic (Catmull-Rom) interpolation; at most `length` samples."""
    length = min(length, int((len(source) - 1) / ratio))
    if length < 1:
        return np.zeros(1, np.float32)
    padded = np.concatenate((source[:1], source, source[-1:], source[-1:]))
    position = np.arange(length) * ratio
    whole = position.astype(np.int64)
    part = (position - whole).astype(np.float32)
    before, here, after, beyond = (padded[whole + step] for step in range(4))
    slope = (after - before) * np.float32(0.5)
    bend = before - np.float32(2.5) * here + np.float32(2) * after - np.float32(0.5) * beyond
    twist = (beyond - before) * np.float32(0.5) + np.float32(1.5) * (here - after)
    wave: Floats = here + part * (slope + part * (bend + part * twist))
    return wave


def envelope(zone: Zone, key: int, length: int, held: int, release: float) -> Floats:
    """The volume envelope (specification, section 8.1.3): linear attack, then decibels that fall steadily.

    Args:
        zone: whose envelope.
        key: 0..127, since high notes may decay sooner.
        length: samples wanted.
        held: samples until the release.
        release: seconds for a fall of 100 dB.
    """
    attack = round(min(seconds(zone.value(ATTACK)), 2.0) * SAMPLE_RATE)
    hold = seconds(zone.value(HOLD) + (60 - key) * zone.value(KEY_TO_HOLD))
    decay = seconds(zone.value(DECAY) + (60 - key) * zone.value(KEY_TO_DECAY))
    sustain_db = min(max(zone.value(SUSTAIN) / 10, 0), 100)
    curve = np.ones(length, np.float32)
    start = attack + round(min(hold, 60) * SAMPLE_RATE)
    if sustain_db and start < length:
        curve[start:] = falling(length - start, decay, sustain_db)
    if attack > 1:
        rise = min(attack, length)
        curve[:rise] *= np.arange(rise, dtype=np.float32) / np.float32(attack)
    if held < length:
        curve[held:] *= releasing(release)[: length - held]
    return curve


@lru_cache(maxsize=64)
def releasing(release: float) -> Floats:
    """The level after a note's release: a fall of 100 dB in so many seconds, until it cannot be heard."""
    return falling(round(release * SAMPLE_RATE * SILENCE_DB / 100) + 1, release, 100.0)


def falling(length: int, duration: float, deepest: float) -> Floats:
    """A level that falls by 100 dB in so many seconds, until it is `deepest` dB down."""
    nepers_a_sample = 100 / 20 * np.log(10) / (duration * SAMPLE_RATE)
    floor = deepest / 20 * np.log(10)
    fall = np.full(length, np.float32(np.exp(-floor)))
    moving = min(length, round(floor / nepers_a_sample))
    fall[:moving] = np.exp(np.arange(moving, dtype=np.float32) * np.float32(-nepers_a_sample))
    return fall


def lead_in(audio: Floats) -> int:
    """Samples until a note begins to be heard: where it reaches a fifth of its first tenth of a second's peak."""
    opening = np.abs(audio[:, : SAMPLE_RATE // 10]).max(axis=0)
    return int(np.argmax(opening >= opening.max() / 5))
