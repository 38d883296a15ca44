"""Where music can jump back so that nobody hears it: two places that sound alike, before and after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dalsegno.fitting.ending import Ending
from dalsegno.fitting.recording import TICKS_A_SECOND, Recording
from dalsegno.fitting.spectrum import FRAMES_A_SECOND, RANGE_DB, Spectrum
from dalsegno.models import SAMPLE_RATE

# What is compared around two places: so many points to either side, the nearer the more.
CONTEXT = 8
# A point is a beat, or so many seconds where there is none; each is described by its two halves.
GRID = 0.25
HALVES = 2
HARMONY_WEIGHT = 0.35
# A crossfade ends on the beat, just before its attack; without beats there is time for a long one.
BEAT_CROSSFADE = 0.04
FREE_CROSSFADE = 1.0
# How good a jump must be to be worth another repetition, and what the piece's own ending is worth:
# as distances, of which 1 lies between any two places.
COST_OF_A_REPETITION = 0.04
COST_OF_A_FADE = 0.12
COST_OF_A_MISFIT = 0.3
CANDIDATES = 24
# How far the length of a jump is corrected: seconds by attacks, then by the waveform.
ATTACK_REACH, WAVE_REACH = 0.04, 0.003
ATTACK_CONTEXT = 2.0
# Attacks or waves that agree less say nothing about where to move.
COHERENT = 0.5

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Jump:
    """At the frame `end` the music goes back to the frame `start`, `repeats` times.

    Attributes:
        crossfade: frames before both in which the one becomes the other.
        distance: how different both places sound: 0 not at all, 1 as any two places.
        attacks: how well attacks agree around both, -1..1.
        coherence: how well the waveforms agree in the crossfade, -1..1.
        keeps_ending: whether the recording's own ending ends the music.
    """

    start: int
    end: int
    repeats: int
    crossfade: int
    distance: float
    attacks: float = 0.0
    coherence: float = 0.0
    keeps_ending: bool = False


def find_jump(
    recording: Recording,
    seen: Spectrum,
    beats: Points | None,
    missing: float,
    ending: Ending,
    progress: Callable[[float], None],
) -> Jump:
    """The jump that makes a recording longer with the least to be heard.

    Args:
        recording: what is too short.
        seen: how it sounds.
        beats: seconds of its beats, or None: then places are compared on a grid of `GRID` seconds.
        missing: seconds that are missing.
        ending: what its end bears.
        progress: told how much is done, 0..1.
    """
    grid = np.arange(1, int(recording.seconds / GRID), dtype=np.float64) * GRID
    points = beats if beats is not None else grid
    wanted = BEAT_CROSSFADE if beats is not None else min(FREE_CROSSFADE, recording.seconds / 8)
    points = points[points >= wanted]
    if len(points) < 2:
        points = np.array([wanted, recording.seconds - wanted / 4])
    found = sorted(jumps(described(points, seen), points, wanted, missing, ending), key=lambda pair: pair[0])
    best: tuple[float, Jump] | None = None
    for number, (cost, jump) in enumerate(found[:CANDIDATES]):
        aligned = align(recording, jump, missing, ending)
        total = cost + COST_OF_A_MISFIT * (1 - aligned.attacks)
        if best is None or total < best[0]:
            best = (total, aligned)
        progress((number + 1) / CANDIDATES)
    assert best is not None
    return best[1]


def described(points: Points, seen: Spectrum) -> NDArray[np.float64]:
    """What each point sounds like until the next: timbre and harmony of its two halves, one row a point."""
    lengths = np.diff(points, append=points[-1] + np.median(np.diff(points)))
    rows = []
    for point, length in zip(points, lengths, strict=True):
        halves = []
        for half in range(HALVES):
            edges = (point + length * np.array([half, half + 1]) / HALVES) * FRAMES_A_SECOND
            first = min(round(edges[0]), len(seen.timbre) - 1)
            span = slice(first, max(first + 1, round(edges[1])))
            timbre = seen.timbre[span].mean(axis=0) / RANGE_DB / np.sqrt(seen.timbre.shape[1])
            halves += [timbre, HARMONY_WEIGHT * seen.harmony[span].mean(axis=0)]
        rows.append(np.concatenate(halves))
    return np.array(rows, np.float64)


def jumps(
    rows: NDArray[np.float64], points: Points, crossfade: float, missing: float, ending: Ending
) -> Iterator[tuple[float, Jump]]:
    """Yields the best jumps of each length in points, each with its cost."""
    typical = typical_distance(rows)
    nearness = np.bartlett(2 * CONTEXT + 3)[1:-1]
    for lag in range(1, len(points)):
        distance = np.sqrt(np.square(rows[lag:] - rows[:-lag]).sum(axis=1)) / typical
        # Where the context reaches beyond the recording, what there is of it decides, but is trusted less.
        seen = np.convolve(np.ones(len(distance)), nearness, "full")[CONTEXT : CONTEXT + len(distance)]
        around = np.convolve(distance, nearness, "full")[CONTEXT : CONTEXT + len(distance)] / seen
        around += 0.3 * (1 - seen / nearness.sum())
        lengths = points[lag:] - points[:-lag]
        repeats = np.ceil((missing - ending.rest) / lengths).clip(1)
        excess = repeats * lengths - missing
        kept = (excess <= ending.spare) & (excess >= -ending.rest)
        costs = around + COST_OF_A_REPETITION * (repeats - 1) + COST_OF_A_FADE * ~kept
        # Short loops are heard as such, however smooth.
        costs += np.maximum(0, 0.5 - lengths / 16)
        for index in np.argsort(costs, kind="stable")[:3]:
            yield (
                float(costs[index]),
                Jump(
                    start=round(points[index] * SAMPLE_RATE),
                    end=round(points[index + lag] * SAMPLE_RATE),
                    repeats=int(repeats[index]),
                    crossfade=round(min(crossfade, lengths[index] / 2) * SAMPLE_RATE),
                    distance=float(around[index]),
                ),
            )


def typical_distance(rows: NDArray[np.float64]) -> float:
    """The median distance between any two rows, from a fixed selection of pairs."""
    chance = np.random.Generator(np.random.Philox(key=1))
    first, second = chance.integers(0, len(rows), (2, 4_000))
    distances = np.sqrt(np.square(rows[first] - rows[second]).sum(axis=1))
    apart = distances[first != second]
    return float(max(np.median(apart), 1e-6)) if len(apart) else 1.0


def align(recording: Recording, jump: Jump, missing: float, ending: Ending) -> Jump:
    """The jump with its end moved so that attacks, then waves, fall together on both sides."""
    by_attacks, agreement = aligned_attacks(recording, jump)
    moved = replace(jump, end=min(jump.end + by_attacks * (agreement >= COHERENT), recording.frames))
    by_wave, coherence = aligned_waves(recording, moved)
    end = moved.end + by_wave * (coherence >= COHERENT)
    length = (end - jump.start) / SAMPLE_RATE
    repeats = max(1, int(np.ceil((missing - ending.rest) / length)))
    return replace(
        jump,
        end=end,
        repeats=repeats,
        attacks=agreement,
        coherence=coherence,
        keeps_ending=ending.kept(repeats * length - missing),
    )


def aligned_attacks(recording: Recording, jump: Jump) -> tuple[int, float]:
    """By how many frames the end must move for attacks to agree with those around the start, and how well."""
    tick = SAMPLE_RATE // TICKS_A_SECOND
    reach, context = round(ATTACK_REACH * TICKS_A_SECOND), round(ATTACK_CONTEXT * TICKS_A_SECOND)
    start, end = jump.start // tick, round(jump.end / tick)
    before = min(context, start)
    after = min(context, len(recording.attacks) - end - reach)
    if after < reach:
        return 0, 0.0
    pattern = recording.attacks[start - before : start + after]
    first = max(0, end - before - reach)
    searched = recording.attacks[first : end + after + reach + 1]
    place, agreement = best_match(pattern, searched)
    return (first + place + before) * tick + jump.start % tick - jump.end, agreement


def aligned_waves(recording: Recording, jump: Jump) -> tuple[int, float]:
    """By how many frames the end must move for waves to agree in the crossfade, and how well they do."""
    reach = round(WAVE_REACH * SAMPLE_RATE)
    first = jump.end - jump.crossfade - reach
    last = min(jump.end + reach, recording.frames)
    if first < 0:
        return 0, 0.0
    pattern = recording.read(jump.start - jump.crossfade, jump.start).astype(np.float64)
    searched = recording.read(first, last).astype(np.float64)
    if len(searched) < len(pattern):
        return 0, 0.0
    place, coherence = best_match(pattern, searched)
    return place - reach, coherence


def best_match(pattern: NDArray[np.float64], searched: NDArray[np.float64]) -> tuple[int, float]:
    """Where in a longer signal a pattern fits best, and their correlation there.

    Both are of shape (frames,) or (frames, channels).
    """
    pattern, searched = np.atleast_2d(pattern.T), np.atleast_2d(searched.T)
    products = sum(np.correlate(long, short, "valid") for long, short in zip(searched, pattern, strict=True))
    squares = np.pad(np.cumsum(np.square(searched).sum(axis=0)), (1, 0))
    energy = squares[pattern.shape[1] :] - squares[: -pattern.shape[1]]
    scale = np.sqrt(np.maximum(energy * np.square(pattern).sum(), 1e-20))
    correlation = products / scale
    place = int(np.argmax(correlation))
    return place, float(correlation[place])
