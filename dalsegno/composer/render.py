"""From a score to stems: plays all parts, block by block, into files of raw samples.

Each stem gets its parts, panned, and the room's answer to them; a high-pass keeps what is below hearing out.
Memory does not grow with the length of the piece.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from scipy.signal import butter, sosfilt

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.reverb import Reverb, impulse_response
from dalsegno.composer.sampler import Played, Sampler, builtin_sampler
from dalsegno.composer.score import STEMS, Note, Part, Score, Stem
from dalsegno.composer.soundfont_file import Floats
from dalsegno.composer.synthesis import synthesise
from dalsegno.mastering.loudness import Measured, Meter, block_energies, decibels
from dalsegno.models import SAMPLE_RATE

Report = Callable[[float, str], None]

# How much before its time a sample may be started, so that it is heard in time. On a cut, what swells in
# slowly must not be heard before it.
LONGEST_LEAD = 0.03
LONGEST_LEAD_OF_HIT = 0.004
CALIBRATION_VELOCITY = 100
CALIBRATION_LUFS = -24.0
CALIBRATION_PEAK = 0.32
SYNTHESISED_LEVEL, SYNTHESISED_SEND = 0.35, 0.15
LOWEST_HZ = 24.0
MIX = "mix"
# Peaks 12 dB below a block's highest need no exact measure: mastering lifts none of them past it.
PEAK_SHARE = 0.25


@dataclass(frozen=True)
class Rendered:
    """What was rendered.

    Attributes:
        files: raw float32 samples, interleaved, at 48 kHz, for each stem that plays, and for the mix.
        measured: of the mix, a value a grain.
        frames: length in samples.
    """

    files: dict[str, Path]
    measured: Measured
    frames: int


def render(score: Score, folder: Path, report: Report, *, stems: bool = True) -> Rendered:
    """Plays a score into raw files.

    Args:
        score: what to play.
        folder: where the files go.
        report: told how much is done, 0..1.
        stems: whether each stem gets a file of its own besides the mix.
    """
    return Renderer(score, builtin_sampler(), stems=stems).render(folder, report)


class PartPlayer:
    """Plays one part, block by block."""

    def __init__(self, part: Part, sampler: Sampler) -> None:
        self.part, self.sampler = part, sampler
        instrument = CATALOGUE.get(part.instrument)
        self.preset = instrument.preset if instrument else None
        calibration = gain_of(part.instrument) if instrument else SYNTHESISED_LEVEL
        angle = (part.pan + 1) * np.pi / 4
        level = calibration * 10 ** (part.level / 20) * np.sqrt(2)
        self.gains = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(level)
        self.send = instrument.send if instrument else SYNTHESISED_SEND
        self._next = 0
        self._rest = np.zeros((2, 0), np.float32)

    def play(self, start: int, length: int) -> Floats | None:
        """The samples from `start` on, panned; None where the part is silent."""
        notes = self.part.notes
        buffer = self._rest
        limit = (start + length) / SAMPLE_RATE + LONGEST_LEAD
        while self._next < len(notes) and notes[self._next].start < limit:
            note = notes[self._next]
            self._next += 1
            played = self._sound(note)
            lead = min(played.lead, round((LONGEST_LEAD_OF_HIT if note.hit else LONGEST_LEAD) * SAMPLE_RATE))
            place = round(note.start * SAMPLE_RATE) - lead - start
            audio = played.audio[:, max(0, -place) :]
            place = max(0, place)
            missing = place + audio.shape[1] - buffer.shape[1]
            if missing > 0:
                # Room for more than this note, so that not every note copies the buffer.
                buffer = np.pad(buffer, ((0, 0), (0, missing + length // 4)))
            buffer[:, place : place + audio.shape[1]] += audio
        if not buffer.shape[1]:
            return None
        if buffer.shape[1] < length:
            buffer = np.pad(buffer, ((0, 0), (0, length - buffer.shape[1])))
        self._rest = buffer[:, length:].copy()
        return buffer[:, :length] * self.gains

    def _sound(self, note: Note) -> Played:
        if self.preset is None:
            return synthesise(self.part.instrument, note.pitch, note.velocity, note.length)
        return self.sampler.play(self.preset, note.pitch, note.velocity, note.length)


class Bus:
    """Parts that share a room."""

    def __init__(self, players: dict[Stem, list[PartPlayer]], response: Floats) -> None:
        self.players = players
        self.room = Reverb(response)
        self._high_pass = butter(2, LOWEST_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
        self._state = np.zeros((1, 2, 2))

    def play(self, start: int, progress: Callable[[Stem], None]) -> Floats:
        """The next block: the parts and the room's answer to them."""
        dry = np.zeros((2, self.room.block), np.float32)
        sent = np.zeros(self.room.block, np.float32)
        for stem, players in self.players.items():
            for player in players:
                progress(stem)
                audio = player.play(start, self.room.block)
                if audio is not None:
                    dry += audio
                    sent += (audio[0] + audio[1]) * np.float32(player.send * 0.5)
        dry += self.room.process(sent)
        filtered, self._state = sosfilt(self._high_pass, dry, axis=1, zi=self._state)
        result: Floats = filtered.astype(np.float32)
        return result


class Renderer:
    """Plays one score.

    Args:
        score: what to play.
        sampler: plays its notes.
        stems: whether each stem is to be had apart, besides the mix.
    """

    def __init__(self, score: Score, sampler: Sampler, *, stems: bool) -> None:
        self.score = score
        response = impulse_response(score.reverb_seconds)
        players = {
            stem: [PartPlayer(part, sampler) for part in score.parts if part.stem == stem] for stem in STEMS
        }
        # One room does for all where nobody wants the stems apart.
        self.buses: dict[str, Bus] = (
            {stem: Bus({stem: found}, response) for stem, found in players.items() if found}
            if stems
            else {MIX: Bus(players, response)}
        )
        self.steps = max(1, len(score.parts))
        self.block = Reverb(response).block

    def render(self, folder: Path, report: Report) -> Rendered:
        """Plays all of it into files in a folder."""
        files = {name: folder / f"{name}.raw" for name in dict.fromkeys((*self.buses, MIX))}
        meter = Meter(share=PEAK_SHARE)
        frames = self.score.frames
        opened: dict[str, BinaryIO] = {name: path.open("wb") for name, path in files.items()}
        try:
            for start in range(0, frames, self.block):
                length = min(self.block, frames - start)
                mix = np.zeros((2, length), np.float32)
                step = 0

                def progress(stem: Stem, start: int = start) -> None:
                    nonlocal step
                    report(min(1.0, (start + self.block * step / self.steps) / frames), f"Rendering {stem}")
                    step += 1

                for name, bus in self.buses.items():
                    audio = bus.play(start, progress)[:, :length]
                    mix += audio
                    if name != MIX:
                        opened[name].write(np.ascontiguousarray(audio.T).tobytes())
                opened[MIX].write(np.ascontiguousarray(mix.T).tobytes())
                meter.feed(mix)
        finally:
            for file in opened.values():
                file.close()
        return Rendered(files, meter.measured(), frames)


@lru_cache(maxsize=128)
def gain_of(name: str) -> float:
    """What brings an instrument to the level of all others, measured on notes of its own middle range.

    Sustained instruments are levelled by loudness, struck ones by peak, since the ear takes these for louder
    than their energy is.
    """
    instrument = CATALOGUE[name]
    sampler = builtin_sampler()
    if instrument.bank == 128:
        keys: tuple[int, ...] = (36, 38)
    elif instrument.roles[0] == "drums":
        keys = (instrument.low, instrument.low + 12)
    elif instrument.roles[0] == "bass":
        keys = (33, 40)
    else:
        middle = min(max(64, instrument.low + 5), instrument.high - 5)
        keys = (middle - 5, middle, middle + 5)
    loudest, highest = [], []
    for key in keys:
        audio = sampler.play(instrument.preset, key, CALIBRATION_VELOCITY, 1.0).audio
        meter = Meter()
        meter.feed(audio)
        loudest.append(decibels(float(block_energies(meter.measured().energy).max())))
        highest.append(float(np.abs(audio).max()))
    by_peak = CALIBRATION_PEAK / float(np.median(highest))
    if "drums" in instrument.roles:
        return float(by_peak)
    by_loudness = 10 ** ((CALIBRATION_LUFS - float(np.median(loudest))) / 20)
    return float(min(by_loudness, by_peak))
