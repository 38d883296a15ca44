"""Clips for tests: made on the spot, and wrong to order; songs that are known beforehand."""

import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from temporalio import activity

from activities.identify_song import IdentifiedSong, IdentifySong
from dalsegno.models import REFERENCE_TASK_QUEUE, ReferenceSong
from dalsegno.ports import LocalClip, Report
from dalsegno.runtime.host import QueueWork

SECONDS, RATE = 2, 44_100


@dataclass
class ToneClips:
    """A tone as clip, of whatever; notes in `calls` of what. Fails as long as it has an error to raise."""

    calls: Path
    error: Exception | None = None

    async def of_video(self, url: str, folder: Path, report: Report) -> LocalClip:
        """Of a video that YouTube has a song for."""
        return self._tone(url, folder, report, "A Song", "An Artist")

    async def of_file(self, audio: Path, folder: Path, report: Report) -> LocalClip:
        """Of a file without tags."""
        return self._tone(f"{len(audio.read_bytes())} bytes", folder, report, None, None)

    def _tone(
        self, of_what: str, folder: Path, report: Report, title: str | None, artist: str | None
    ) -> LocalClip:
        with self.calls.open("a") as notes:
            notes.write(f"{of_what}\n")
        report(0.5, "Fetching the video's sound")
        if self.error:
            raise self.error
        path = folder / "clip.wav"
        tone = 9_000 * np.sin(2 * np.pi * 440 * np.arange(SECONDS * RATE) / RATE)
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, RATE, 0, "NONE", ""))
            file.writeframes(np.column_stack([tone, tone]).astype("<i2").tobytes())
        return LocalClip(path, float(SECONDS), title, artist)


@dataclass
class _KnownSong:
    song: ReferenceSong

    @activity.defn
    async def identify_song(self, identifying: IdentifySong) -> IdentifiedSong:
        """The song, whatever the clip is."""
        return IdentifiedSong(song=self.song, notes=[])


def identified_as(song: ReferenceSong) -> Callable[[list[QueueWork]], list[QueueWork]]:
    """Workers that take each reference for this song, without listening."""

    def change(work: list[QueueWork]) -> list[QueueWork]:
        return [_knowing(each) if each.task_queue == REFERENCE_TASK_QUEUE else each for each in work]

    def _knowing(each: QueueWork) -> QueueWork:
        others = [activity for activity in each.activities if activity.__name__ != "identify_song"]
        return replace(each, activities=[*others, _KnownSong(song).identify_song])

    return change
