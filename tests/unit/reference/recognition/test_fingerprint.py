"""How an excerpt's fingerprints are laid over a track's."""

import numpy as np
import pytest

from dalsegno.reference.recognition.fingerprint import (
    BITS,
    HOP_SECONDS,
    PHASES,
    SubFingerprints,
    align,
    keys,
    packed,
    unpacked,
)


def random_fingerprint(length: int, seed: int = 1) -> SubFingerprints:
    """A fingerprint without any likeness to others."""
    return np.random.default_rng(seed).integers(0, 2**32, length, dtype=np.uint32)


def excerpt_of(track: SubFingerprints, begin: int, length: int, *, phase: int = 0) -> list[SubFingerprints]:
    """An excerpt that agrees with the track in one of its phases alone."""
    phases = [random_fingerprint(length, seed=100 + number) for number in range(PHASES)]
    phases[phase] = track[begin : begin + length].copy()
    return phases


def with_errors(fingerprint: SubFingerprints, bits: int) -> SubFingerprints:
    """The fingerprint with so many bits of every second sub-fingerprint the other way round."""
    changed = fingerprint.copy()
    changed[::2] ^= np.uint32((1 << bits) - 1)
    return changed


def test_an_excerpt_is_found_where_it_is() -> None:
    """All bits are the same, and the place is right."""
    track = random_fingerprint(2_000)
    found = align(excerpt_of(track, 321, 100), track)
    assert found
    assert found.score == 1
    assert found.seconds == pytest.approx(321 * HOP_SECONDS)


@pytest.mark.parametrize("phase", range(PHASES))
def test_a_phase_begins_later_than_the_excerpt(phase: int) -> None:
    """Where it fits, the excerpt begins by that part of a hop before."""
    track = random_fingerprint(2_000)
    found = align(excerpt_of(track, 321, 100, phase=phase), track)
    assert found
    assert found.score == 1
    assert found.seconds == pytest.approx((321 - phase / PHASES) * HOP_SECONDS)


def test_the_score_is_the_part_of_the_bits_that_are_the_same() -> None:
    """Eight of 32 in every second one: an eighth."""
    track = random_fingerprint(2_000)
    excerpt = excerpt_of(with_errors(track, 8), 10, 100)
    found = align(excerpt, track)
    assert found
    assert found.score == pytest.approx(1 - 8 / BITS / 2)


def test_what_lies_outside_the_track_counts_as_chance() -> None:
    """Before its beginning and behind its end: half of the bits."""
    track = random_fingerprint(200)
    before = [np.concatenate([random_fingerprint(25, seed=9), track[:75]])] + [
        random_fingerprint(100, seed=3)
    ] * 3
    behind = [np.concatenate([track[-75:], random_fingerprint(25, seed=9)])] + [
        random_fingerprint(100, seed=3)
    ] * 3
    for excerpt, seconds in ((before, -25 * HOP_SECONDS), (behind, 125 * HOP_SECONDS)):
        found = align(excerpt, track)
        assert found
        assert found.score == pytest.approx(1 - 0.25 / 2)
        assert found.seconds == pytest.approx(seconds)


def test_the_place_where_most_agrees_is_taken() -> None:
    """A refrain that comes again slightly changed is not mistaken for the first."""
    refrain = random_fingerprint(100)
    track = np.concatenate([with_errors(refrain, 3), random_fingerprint(500, seed=2), refrain])
    found = align([refrain] + [random_fingerprint(100, seed=3)] * 3, track)
    assert found
    assert found.score == 1
    assert found.seconds == pytest.approx(600 * HOP_SECONDS)


def test_unrelated_music_has_no_alignment() -> None:
    """Where no sub-fingerprint is shared there is nothing to begin with."""
    assert (
        align([random_fingerprint(100, seed=seed) for seed in (2, 3, 4, 5)], random_fingerprint(2_000))
        is None
    )


def test_an_excerpt_longer_than_the_track_is_judged_too() -> None:
    """By the part that the track covers, the rest as chance."""
    track = random_fingerprint(50)
    found = align(
        [np.concatenate([track, random_fingerprint(50, seed=7)])] + [random_fingerprint(100, seed=3)] * 3,
        track,
    )
    assert found
    assert found.score == pytest.approx(0.75)


def test_keys_are_signed_and_each_is_there_once() -> None:
    """Databases have no unsigned numbers."""
    fingerprints = [np.array([7, 2**32 - 1, 2**31], dtype=np.uint32), np.array([7, 0], dtype=np.uint32)]
    assert keys(fingerprints) == [0, 7, -(2**31), -1]


def test_a_fingerprint_comes_back_from_its_bytes() -> None:
    """The lowest byte first, on every machine."""
    fingerprint = random_fingerprint(100)
    assert packed(np.array([1], dtype=np.uint32)) == b"\1\0\0\0"
    assert (unpacked(packed(fingerprint)) == fingerprint).all()
