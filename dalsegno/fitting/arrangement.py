"""Which stretches of a recording follow one another, and how they sound joined."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dalsegno.fitting.recording import Recording
from dalsegno.fitting.seam import Jump
from dalsegno.fitting.survey import Samples
from dalsegno.models import SAMPLE_RATE

Value = TypeVar("Value")
# Seconds before a seam in which a beat is the same as the one that the music goes back to.
SAME_BEAT = 0.045


@dataclass(frozen=True)
class Stretch:
    """Frames `start` to `end` of the recording, heard from the frame `place` on."""

    start: int
    end: int
    place: int


class Arrangement:
    """A recording, with jumps, at an even gain.

    Args:
        recording: the music.
        jump: where it goes back, if it does.
        gain: linear.
    """

    def __init__(self, recording: Recording, jump: Jump | None, gain: float) -> None:
        self.recording, self.jump, self.gain = recording, jump, gain
        self.stretches = list(stretches(recording.frames, jump))

    @property
    def frames(self) -> int:
        """How long all of it is."""
        last = self.stretches[-1]
        return last.place + last.end - last.start

    @property
    def seams(self) -> list[int]:
        """The frames at which the music has gone back."""
        return [stretch.place for stretch in self.stretches[1:]]

    def read(self, start: int, length: int) -> Samples:
        """Frames from `start` on, shape (length, 2); beyond the end they are silent."""
        audio = np.zeros((length, 2), np.float32)
        for stretch in self.stretches:
            first = max(start, stretch.place)
            last = min(start + length, stretch.place + stretch.end - stretch.start)
            if first < last:
                shift = stretch.start - stretch.place
                audio[first - start : last - start] = self.recording.read(first + shift, last + shift)
        for seam in self.seams:
            self._blend(audio, start, seam)
        return audio * np.float32(self.gain)

    def heard(self, values: Sequence[tuple[float, Value]]) -> list[tuple[float, Value]]:
        """What stands at some seconds of the recording, with the seconds at which it is heard."""
        return [
            (time + (stretch.place - stretch.start) / SAMPLE_RATE, value)
            for stretch in self.stretches
            for time, value in values
            if stretch.start / SAMPLE_RATE - SAME_BEAT <= time < stretch.end / SAMPLE_RATE - SAME_BEAT
        ]

    def _blend(self, audio: Samples, start: int, seam: int) -> None:
        """Lets what leads to the place that the music goes back to fade in before a seam.

        Both gains keep the power even, however much the two agree: for waves that don't, these are those of
        the equal-power crossfade, for equal waves of the linear one.
        """
        jump = self.jump
        assert jump is not None
        first, last = max(start, seam - jump.crossfade), min(start + len(audio), seam)
        if first >= last:
            return
        angle = (np.arange(first, last) - (seam - jump.crossfade) + 0.5) / jump.crossfade * np.pi / 2
        out, into = np.cos(angle), np.sin(angle)
        even = np.sqrt(1 + 2 * np.clip(jump.coherence, 0, 1) * out * into)
        shift = jump.start - seam
        coming = self.recording.read(first + shift, last + shift)
        inside = slice(first - start, last - start)
        audio[inside] = audio[inside] * (out / even)[:, None] + coming * (into / even)[:, None]


def stretches(frames: int, jump: Jump | None) -> Iterator[Stretch]:
    """The stretches of a recording of so many frames."""
    start = place = 0
    for _ in range(jump.repeats if jump else 0):
        assert jump is not None
        yield Stretch(start, jump.end, place)
        place += jump.end - start
        start = jump.start
    yield Stretch(start, frames, place)
