"""Providers for tests: quick, and wrong to order. They run in processes of their own, so they tell by files."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from dalsegno.models import SAMPLE_RATE, MusicBrief
from dalsegno.ports import RenderedMusic, Report


@dataclass(frozen=True)
class ToneProvider:
    """Writes a tone, and a line into `calls` each time it does."""

    calls: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """A second of a sine, whatever the brief says."""
        note_call(self.calls)
        report(0.5, "Humming")
        tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
        stereo = np.column_stack([tone, tone])
        soundfile.write(folder / "master.wav", stereo, SAMPLE_RATE, subtype="PCM_24")
        soundfile.write(folder / "preview.mp3", stereo, SAMPLE_RATE)
        return RenderedMusic(title=f"Tone {brief.seed % 10}", files=["master.wav", "preview.mp3"])


@dataclass(frozen=True)
class FailingProvider:
    """Raises the error as long as the file `broken` is there; hums after that."""

    calls: Path
    broken: Path
    error: Exception

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Fails or hums."""
        if self.broken.exists():
            note_call(self.calls)
            raise self.error
        return ToneProvider(self.calls).render(brief, folder, report)


@dataclass(frozen=True)
class PatientProvider:
    """Tells its progress and waits until the file `go_on` is there."""

    calls: Path
    go_on: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Waits, then hums."""
        note_call(self.calls)
        while not self.go_on.exists():
            report(0.5, "Listening to the rain")
            time.sleep(0.05)
        return ToneProvider(self.calls.with_suffix(".tone")).render(brief, folder, report)


@dataclass(frozen=True)
class DyingProvider:
    """Kills its own process."""

    calls: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Never returns."""
        note_call(self.calls)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass(frozen=True)
class PoisonedProvider:
    """Hums, but for a poisoned prompt: it dies, takes all the memory there is, or never ends."""

    calls: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Hums, or doesn't."""
        match brief.prompt:
            case "die":
                note_call(self.calls)
                os.kill(os.getpid(), signal.SIGKILL)
            case "crash":
                note_call(self.calls)
                os.kill(os.getpid(), signal.SIGSEGV)
            case "fill memory":
                note_call(self.calls)
                _ = [bytes(1 << 20) for _ in range(1 << 20)]
            case "never end":
                note_call(self.calls)
                while True:
                    report(0.5, "Listening to the rain")
                    time.sleep(0.1)
        return ToneProvider(self.calls.with_suffix(".tone")).render(brief, folder, report)


def note_call(calls: Path) -> None:
    """Adds a line with this process's id."""
    with calls.open("a") as file:
        file.write(f"{os.getpid()}\n")


def calls_noted(calls: Path) -> int:
    """How often a provider was called."""
    return len(calls.read_text().splitlines()) if calls.exists() else 0
