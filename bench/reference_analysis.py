"""Tempo and key of 15-second clips of rendered scores, beside librosa's beat tracker and Krumhansl's profiles.

    python -m bench.reference_analysis [folder]

The folder keeps the clips from one run to the next; else all are rendered anew. Scores of the development part chose
weights and thresholds; promises are those of the test part. Each clip is heard by everyone in turn.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import soundfile

from bench.rendered_scores.playing import KnownScore, clips, known_scores
from dalsegno.composer.theory import NOTE_NAMES, Key, parse_key
from dalsegno.reference.analysis import SongFeatures, describe
from dalsegno.reference.analysis.description import SURE_BPM, SURE_KEY
from dalsegno.reference.analysis.key import PROFILES

# Promises, of the test part.
STRICT_WITH_DRUMS, STRICT_BARE, MIREX, SECONDS = 0.95, 0.70, 0.85, 2.0
TOLERANCE = 0.04
# Tempos that can be tapped to as well, as multiples of the right one.
ALLOWED = (1, 2, 3, 1 / 2, 1 / 3)
RATE = 22_050
# C. Krumhansl and E. Kessler, "Tracing the Dynamic Changes in Perceived Tonal Organization" (1982).
KRUMHANSL = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


@dataclass(frozen=True)
class Heard:
    """What one listener made of one clip. Confidences are 1 where it tells none; `seconds` that it took."""

    known: KnownScore
    variant: str
    bpm: float
    key: str
    bpm_confidence: float = 1.0
    key_confidence: float = 1.0
    seconds: float = 0.0

    @property
    def strict(self) -> bool:
        """Whether the tempo is right."""
        return abs(self.bpm / self.known.bpm - 1) <= TOLERANCE

    @property
    def octave_allowed(self) -> bool:
        """Whether the tempo is right, or a multiple of it."""
        return any(abs(self.bpm / self.known.bpm / multiple - 1) <= TOLERANCE for multiple in ALLOWED)

    @property
    def mirex(self) -> float:
        """The key's score by the rules of MIREX: 1 right, 0.5 a fifth off, 0.3 relative, 0.2 parallel."""
        right, heard = parse_key(self.known.key), parse_key(self.key)
        if right is None or heard is None:
            return 0.0
        if heard == right:
            return 1.0
        if heard.mode == right.mode:
            return 0.5 if (heard.tonic - right.tonic) % 12 in (5, 7) else 0.0
        if heard == right.relative():
            return 0.3
        return 0.2 if heard.tonic == right.tonic else 0.0


def main() -> int:
    """Listens to all clips, prints the tables, and returns 1 if a promise is broken."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if sys.argv[1:] else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found: dict[str, list[Heard]] = {name: [] for name in LISTENERS}
        for known in known_scores():
            for variant, clip in clips(known, folder).items():
                for name, listen in LISTENERS.items():
                    found[name].append(listen(known, variant, clip))
    return report(found)


def by_us(known: KnownScore, variant: str, clip: Path) -> Heard:
    """As the worker hears it, without a mood that it is for."""
    began = time.perf_counter()
    features: SongFeatures = describe(clip, lambda _fraction, _message: None)
    return Heard(
        known,
        variant,
        features.likely_bpm or 1.0,
        features.likely_key or "",
        features.bpm_confidence,
        features.key_confidence,
        time.perf_counter() - began,
    )


def by_librosa(profiles: Mapping[str, tuple[float, ...]]) -> Callable[[KnownScore, str, Path], Heard]:
    """The tempo by librosa's `beat_track`, the key by its `chroma_cqt` against these profiles."""

    def listen(known: KnownScore, variant: str, clip: Path) -> Heard:
        began = time.perf_counter()
        audio, rate = soundfile.read(clip, dtype="float32", always_2d=True)
        mono = librosa.resample(audio.mean(axis=1), orig_sr=rate, target_sr=RATE)
        tempo, _beats = librosa.beat.beat_track(y=mono, sr=RATE)
        chroma = librosa.feature.chroma_cqt(y=mono, sr=RATE).mean(axis=1)
        fits = {
            Key(tonic, mode): float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
            for mode, profile in profiles.items()
            for tonic in range(len(NOTE_NAMES))
        }
        key = max(fits, key=lambda candidate: fits[candidate])
        bpm = float(np.atleast_1d(tempo)[0]) or 1.0
        return Heard(known, variant, bpm, key.name, seconds=time.perf_counter() - began)

    return listen


LISTENERS = {
    "dalsegno": by_us,
    "librosa, Krumhansl": by_librosa(KRUMHANSL),
    "librosa, Albrecht": by_librosa(PROFILES),
}


def share(values: Iterable[bool | float]) -> float:
    """The mean; of none, none."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def report(found: dict[str, list[Heard]]) -> int:
    """Prints the tables; 1 if a promise is broken."""
    print(  # noqa: T201
        f"{'scores':<12} {'':<6} {'clips':>5} {'':<19} {'tempo':>6} {'octave':>7} {'MIREX':>6} {'exact':>6} {'s':>6}"
    )
    for part in ("development", "test"):
        for variant in ("drums", "bare"):
            for name, heard in found.items():
                rows = [one for one in heard if (one.known.part, one.variant) == (part, variant)]
                print(  # noqa: T201
                    f"{part:<12} {variant:<6} {len(rows):>5} {name:<19} {share(one.strict for one in rows):>6.3f}"
                    f" {share(one.octave_allowed for one in rows):>7.3f} {share(one.mirex for one in rows):>6.3f}"
                    f" {share(one.mirex == 1 for one in rows):>6.3f}"
                    f" {statistics.median(one.seconds for one in rows):>6.2f}"
                )
    print(f"\n{'passed on as sure':<24} {'tempo':>6} {'right':>6} {'key':>6} {'right':>6} {'MIREX':>6}")  # noqa: T201
    for part in ("development", "test"):
        for variant in ("drums", "bare"):
            rows = [one for one in found["dalsegno"] if (one.known.part, one.variant) == (part, variant)]
            tempos = [one for one in rows if one.bpm_confidence >= SURE_BPM]
            keys = [one for one in rows if one.key_confidence >= SURE_KEY]
            print(  # noqa: T201
                f"{part:<17} {variant:<6} {len(tempos) / len(rows):>6.3f} {share(one.strict for one in tempos):>6.3f}"
                f" {len(keys) / len(rows):>6.3f} {share(one.mirex == 1 for one in keys):>6.3f}"
                f" {share(one.mirex for one in keys):>6.3f}"
            )
    tested = [one for one in found["dalsegno"] if one.known.part == "test"]
    promises = {
        "tempo with drums": (
            share(one.strict for one in tested if one.variant == "drums"),
            STRICT_WITH_DRUMS,
        ),
        "tempo without": (share(one.strict for one in tested if one.variant == "bare"), STRICT_BARE),
        "key, MIREX": (share(one.mirex for one in tested), MIREX),
    }
    seconds = statistics.median(one.seconds for one in tested)
    print(f"\nseconds a clip: {seconds:.2f}, at most {SECONDS:g}")  # noqa: T201
    for name, (seen, promised) in promises.items():
        print(f"{name}: {seen:.3f}, at least {promised:g}")  # noqa: T201
    return int(seconds > SECONDS or any(seen < promised for seen, promised in promises.values()))


if __name__ == "__main__":
    sys.exit(main())
