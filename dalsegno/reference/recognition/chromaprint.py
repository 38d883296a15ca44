"""Fingerprints by Chromaprint, and tags, out of files that may be anything.

They are read by ffmpeg, in a child process with limits.
"""

import asyncio
import resource
import signal
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np

from dalsegno.errors import ProcessEndedError, UnsupportedSource
from dalsegno.reference.recognition.fingerprint import HOP_SECONDS, PHASES, SPAN_SECONDS, SubFingerprints
from dalsegno.reference.recognition.tags import Tags, read_tags

# Longer is no song but a day's radio.
LONGEST_TRACK_SECONDS = 3 * 3_600
# An excerpt is looked for with its beginning alone, if it is longer.
LONGEST_EXCERPT_SECONDS = 30

# Containers and bare streams in which music comes. Playlists are not among them: they name other files.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,matroska,mov,mp3,"
    "mpc,mpc8,mpeg,mpegts,ogg,tak,tta,w64,wav,wv"
)
# What the child may take: seconds of CPU, bytes of memory, bytes a file that it writes.
_CPU_SECONDS = 300
_MEMORY_BYTES = 2 << 30
_OUTPUT_BYTES = 16 << 20
_OVER_ITS_LIMITS = {signal.SIGXCPU, signal.SIGXFSZ}
# Its time on the clock: a busy machine is slow.
_SECONDS = 900.0


class TrackAudio(NamedTuple):
    """What a file of music says and holds; `seconds` is its length as far as it could be decoded."""

    tags: Tags
    seconds: float
    fingerprint: SubFingerprints


async def read_track(audio: Path) -> TrackAudio:
    """The fingerprint and the tags of a whole file.

    Raises:
        UnsupportedSource: it holds no audio that can be read, or hours of it.
        ProcessEndedError: the process that reads it was killed.
    """
    with _folder() as folder:
        # Some formats have tags for the whole file, some (Ogg) for each stream.
        of_file, of_stream = folder / "file.tags", folder / "stream.tags"
        await _ffmpeg(
            audio,
            *("-map", "0:a:0", "-t", str(LONGEST_TRACK_SECONDS + 1), *_chromaprint(folder / "fingerprint")),
            *("-map_metadata", "0:g", "-f", "ffmetadata", f"file:{of_file}"),
            *("-map_metadata", "0:s:a:0", "-f", "ffmetadata", f"file:{of_stream}"),
        )
        fingerprint = _read(folder / "fingerprint")
        tags = read_tags(of_file.read_bytes(), of_stream.read_bytes())
    seconds = len(fingerprint) * HOP_SECONDS + SPAN_SECONDS
    if seconds > LONGEST_TRACK_SECONDS:
        raise UnsupportedSource(
            f"{audio.name} is longer than {LONGEST_TRACK_SECONDS // 3_600} hours: cut it up."
        )
    return TrackAudio(tags, seconds, fingerprint)


async def read_excerpt(audio: Path) -> list[SubFingerprints]:
    """The fingerprints of an excerpt, `PHASES` of them, each beginning a part of a hop later than the one before.

    The folder that the excerpt lies in is written to.

    A track's sub-fingerprints lie a hop apart, and an excerpt begins anywhere between two of them. One of these
    begins next to one of the track's.

    Raises:
        UnsupportedSource: it holds no audio that can be read.
        ProcessEndedError: the process that reads it was killed.
    """
    phases = range(PHASES)
    split = f"[0:a:0]asplit={PHASES}" + "".join(f"[whole{phase}]" for phase in phases)
    shifts = [
        f"[whole{phase}]atrim=start={phase * HOP_SECONDS / PHASES:.6f},asetpts=PTS-STARTPTS[phase{phase}]"
        for phase in phases
    ]
    # A worker's clip lies in a folder that is removed for it, should it be killed.
    with _folder(audio.parent) as folder:
        outputs = [("-map", f"[phase{phase}]", *_chromaprint(folder / str(phase))) for phase in phases]
        await _ffmpeg(
            audio,
            *("-filter_complex", ";".join([split, *shifts])),
            *(argument for output in outputs for argument in output),
            longest=LONGEST_EXCERPT_SECONDS,
        )
        return [_read(folder / str(phase)) for phase in phases]


@contextmanager
def _folder(within: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dalsegno-", dir=within) as folder:
        yield Path(folder)


def _chromaprint(target: Path) -> tuple[str, ...]:
    # Chromaprint takes two channels at most, and makes one of them anyway.
    return "-ac", "1", "-f", "chromaprint", "-fp_format", "raw", f"file:{target}"


def _read(path: Path) -> SubFingerprints:
    """Chromaprint's raw form, as ffmpeg writes it: 32 bits a sub-fingerprint, in the machine's own order."""
    return np.fromfile(path, dtype=np.uint32)


async def _ffmpeg(audio: Path, *outputs: str, longest: float | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-nostdin", "-v", "quiet", "-threads", "1", "-filter_complex_threads", "1"),
        *("-protocol_whitelist", "file", "-format_whitelist", _FORMATS),
        *(() if longest is None else ("-t", str(longest))),
        # The prefix keeps a name from being taken for an address.
        *("-i", f"file:{audio}"),
        *outputs,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        env={},  # the environment holds secrets, and a file may take the child over
        process_group=0,  # Ctrl-C in a terminal is for whoever started it to understand
    )
    try:
        _limit(process.pid)
        async with asyncio.timeout(_SECONDS):
            code = await process.wait()
    except TimeoutError:
        raise UnsupportedSource(f"{audio.name} takes too long to read: is it music?") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if code < 0 and -code not in _OVER_ITS_LIMITS:
        raise ProcessEndedError(f"The process that reads {audio.name} ended unexpectedly (exit code {code}).")
    if code != 0:
        raise UnsupportedSource(f"{audio.name} holds no audio that can be read.")


def _limit(process_id: int) -> None:
    """Bounds what a child takes, where the system can do that to a process that runs (Linux)."""
    if not hasattr(resource, "prlimit"):
        return
    with suppress(ProcessLookupError):  # it has ended already
        for what, most in (
            (resource.RLIMIT_CPU, _CPU_SECONDS),
            (resource.RLIMIT_AS, _MEMORY_BYTES),
            (resource.RLIMIT_FSIZE, _OUTPUT_BYTES),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.prlimit(process_id, what, (most, most))
