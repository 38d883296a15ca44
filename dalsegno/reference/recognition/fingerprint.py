"""Fingerprints, and how alike an excerpt and a track are. Pure.

A fingerprint is Chromaprint's, of its second algorithm: 32 bits every hop, a sub-fingerprint, each about 2.6 seconds of
music (Lalinský, "How does Chromaprint work?", 2011). A track is found by the sub-fingerprints that it shares with an
excerpt, and judged by the bits that differ where the two are laid over each other (Haitsma and Kalker, "A Highly Robust
Audio Fingerprinting System", 2002).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SubFingerprints = NDArray[np.uint32]

# A third of 4,096 samples at 11,025 Hz, as Chromaprint moves on.
HOP_SECONDS = 1_365 / 11_025
# What the first sub-fingerprint covers beyond its hop: the rest of a frame of 4,096 samples, and 19 frames more, four
# for the smoothing of the chroma and fifteen for the widest filter.
SPAN_SECONDS = (4_096 - 1_365 + 19 * 1_365) / 11_025
BITS = 32
# How many fingerprints are taken of an excerpt, each a part of a hop later than the one before.
PHASES = 4

# How many ways of laying the excerpt over a track are judged: those in which most sub-fingerprints are the same.
_ALIGNMENTS = 8
# As many bits as two unrelated sub-fingerprints have in common by chance.
_CHANCE = BITS // 2


class Alignment(NamedTuple):
    """The best way of laying an excerpt over a track.

    Attributes:
        score: the part of the excerpt's bits that are the same, 0..1; unrelated music has about 0.5.
        seconds: where in the track the excerpt begins; below 0 where it begins before the track does.
    """

    score: float
    seconds: float


def packed(fingerprint: SubFingerprints) -> bytes:
    """A fingerprint as bytes: 32 bits a sub-fingerprint, the lowest byte first."""
    return fingerprint.astype("<u4").tobytes()


def unpacked(data: bytes) -> SubFingerprints:
    """The fingerprint that `packed` has made bytes of."""
    return np.frombuffer(data, dtype="<u4").astype(np.uint32)


def keys(fingerprints: Sequence[SubFingerprints]) -> list[int]:
    """The different sub-fingerprints, in order, as the signed numbers that databases have."""
    return [int(each) for each in np.unique(np.concatenate(fingerprints)).view(np.int32)]


def align(excerpt: Sequence[SubFingerprints], track: SubFingerprints) -> Alignment | None:
    """Lays an excerpt over a track where they agree best; None where they share no sub-fingerprint.

    Args:
        excerpt: its `PHASES` fingerprints.
        track: one fingerprint, of a whole track.
    """
    there = np.flatnonzero(np.isin(track, np.concatenate(excerpt)))
    # Distances from the excerpt's beginning to the track's, in parts of a hop.
    distances = np.concatenate(
        [
            (there[on_track] - on_excerpt) * PHASES - phase
            for phase, fingerprint in enumerate(excerpt)
            for on_track, on_excerpt in [np.nonzero(np.equal.outer(track[there], fingerprint))]
        ]
    )
    if not len(distances):
        return None
    found, counts = np.unique(distances, return_counts=True)
    likely = found[np.argsort(-counts, kind="stable")[:_ALIGNMENTS]]
    return max(_alignment(excerpt, track, int(distance)) for distance in likely)


def _alignment(excerpt: Sequence[SubFingerprints], track: SubFingerprints, distance: int) -> Alignment:
    phase = -distance % PHASES
    fingerprint = excerpt[phase]
    begin = (distance + phase) // PHASES
    over = track[max(begin, 0) : begin + len(fingerprint)]
    under = fingerprint[max(-begin, 0) : max(-begin, 0) + len(over)]
    different = int(np.bitwise_count(over ^ under).sum()) + _CHANCE * (len(fingerprint) - len(over))
    return Alignment(1 - different / (BITS * len(fingerprint)), distance / PHASES * HOP_SECONDS)
