"""Recognition by a catalogue of one's own: what is added to it, and what is found in it.

An excerpt is found that is the same recording at the same speed and pitch: coded anew, with noise, or with something
softer over it. It is not found through a telephone or a microphone, played faster, or sung by somebody else.
"""

import asyncio
import hashlib
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dalsegno.errors import UnsupportedSource
from dalsegno.ports import Catalog, CatalogCandidate, CatalogTrack, Recognition
from dalsegno.reference.recognition.chromaprint import read_excerpt, read_track
from dalsegno.reference.recognition.fingerprint import SubFingerprints, align, keys, packed, unpacked
from dalsegno.reference.recognition.tags import one_line

# What an excerpt and a track must have in common to be the same recording. docs/reference.md shows the measurement:
# the right track has 0.96 and more when it is coded anew, the likeliest wrong one of 122 had 0.80. In a catalogue of
# many thousand there are more that may come near.
THRESHOLD = 0.85
# What an excerpt needs to be judged by, and a track to be found by: so many different sub-fingerprints. Those of
# silence or of a tone that is held are all the same, and alike in whatever begins or ends like that.
FEWEST_KEYS = 60
# The candidates that are laid over the excerpt: those that share most sub-fingerprints with it.
_CANDIDATES = 12
# Of a file's SHA-256, in hexadecimal digits.
_ID_LENGTH = 32


class Match(NamedTuple):
    """A track that an excerpt is of.

    Attributes:
        score: the part of the fingerprint's bits that are the same, `THRESHOLD`..1.
        seconds: where in the track the excerpt begins.
    """

    track: CatalogTrack
    score: float
    seconds: float


class CatalogRecogniser:
    """A SongRecogniser. Answers are measured, so that they have a confidence: the score."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def recognise(self, clip: Path) -> Recognition | None:
        """See SongRecogniser.

        Raises:
            UnsupportedSource: the clip can't be read, or is too short or too uniform to be judged.
            ProcessEndedError: the process that reads it was killed.
        """
        match = await self.find(clip)
        if match is None:
            return None
        return Recognition(
            match.track.title,
            match.track.artist,
            confidence=round(match.score, 3),
            method="catalog",
            begins_at=round(match.seconds, 1),
        )

    async def find(self, clip: Path) -> Match | None:
        """The track that an audio file is an excerpt of, and where in it.

        Raises:
            UnsupportedSource: as above.
        """
        if not await self._catalog.tracks(limit=1):
            return None
        return await best_match(self._catalog, await read_excerpt(clip))


async def best_match(catalog: Catalog, excerpt: Sequence[SubFingerprints]) -> Match | None:
    """The track that fits best, if it fits.

    Raises:
        UnsupportedSource: the excerpt is too short or too uniform to be judged.
    """
    if len(np.unique(excerpt[0])) < FEWEST_KEYS:
        raise UnsupportedSource(
            "The clip is too short or too uniform to be looked up in the catalogue: 10 seconds of music are needed."
        )
    candidates = await catalog.candidates(keys(excerpt), limit=_CANDIDATES)
    # Milliseconds, but for hours that repeat themselves.
    return await asyncio.to_thread(_best, excerpt, candidates)


def _best(excerpt: Sequence[SubFingerprints], candidates: Sequence[CatalogCandidate]) -> Match | None:
    best: Match | None = None
    for track, fingerprint in candidates:
        found = align(excerpt, unpacked(fingerprint))
        if found and found.score >= THRESHOLD and (best is None or found.score > best.score):
            best = Match(track, found.score, found.seconds)
    return best


async def add_file(catalog: Catalog, audio: Path, *, added_at: datetime) -> tuple[CatalogTrack, bool]:
    """Adds a file of music; tells which track it is now, and whether it is new.

    A file that is there already, by its content, is not decoded again. Its title is that of its tags, else its name.

    Raises:
        UnsupportedSource: it holds no music that could be found again.
        ProcessEndedError: the process that reads it was killed.
        DatabaseUnavailable: the database does not answer.
    """
    track_id = await asyncio.to_thread(_id_of, audio)
    there = await catalog.get(track_id)
    if there:
        return there, False
    tags, seconds, fingerprint = await read_track(audio)
    different = keys([fingerprint])
    if len(different) < FEWEST_KEYS:
        raise UnsupportedSource(
            f"{audio.name} is too short or too uniform to be found again: 10 seconds of music are needed."
        )
    track = CatalogTrack(
        track_id=track_id,
        title=tags.title or one_line(audio.stem) or track_id,
        artist=tags.artist,
        seconds=round(seconds, 1),
        added_at=added_at,
    )
    return track, await catalog.add(track, packed(fingerprint), different)


def _id_of(audio: Path) -> str:
    try:
        if not stat.S_ISREG(audio.stat().st_mode):  # a pipe or a device may have no end
            raise UnsupportedSource(f"{one_line(str(audio))} can't be read: it is no file.")
        with audio.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_ID_LENGTH]
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnsupportedSource(f"{one_line(str(audio))} can't be read: {reason}.") from None
