"""The scenes of a transcript."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dalsegno.errors import InvalidRequest
from dalsegno.models import MOODS, Scene, Segment
from dalsegno.ports import Report
from dalsegno.scenes.energy import NEUTRAL_ENERGY, energies
from dalsegno.scenes.language import is_mostly_english
from dalsegno.scenes.result import SceneAnalysis, SegmentMood
from dalsegno.scenes.scene_model import evidence_of, mood_of_state, turning_costs
from dalsegno.scenes.segmentation import most_likely_stretches
from dalsegno.scenes.summary import context_of
from dalsegno.scenes.utterance import Utterance, utterances_of

if TYPE_CHECKING:
    from dalsegno.scenes.mood import Ear

MIN_SCENE = 6.0
_MOST_SCENES = 100
_SAME_ENERGY = 10.0
_LEAST_COUNTED = 0.001  # seconds: so that a scene whose lines last next to nothing has an energy
_NOT_ENGLISH = (
    "The transcript does not seem to be English, so its moods are guesses: "
    "where the analysis runs, install dalsegno[languages], which knows other languages."
)


def analyze(segments: Sequence[Segment], duration: float, report: Report | None = None) -> SceneAnalysis:
    """Finds the scenes of a video in its transcript.

    Args:
        segments: the lines of the transcript, in seconds.
        duration: length of the video in seconds; lines that begin after it are left out, with a note.
        report: told how far the analysis is.

    Returns:
        Scenes in order, without gaps, from 0 to `duration`, each at least 6 seconds long where the video is,
        never more than 100.

    Raises:
        InvalidRequest: `duration` is not a length.
    """
    check_duration(duration)
    within = [segment for segment in sorted(segments, key=_start) if segment.start < duration]
    within = [
        segment if segment.end <= duration else segment.model_copy(update={"end": duration})
        for segment in within
    ]
    notes = []
    if len(within) < len(segments):
        notes.append(_left_out(len(segments) - len(within), duration))

    utterances = utterances_of(within)
    if not utterances:
        if not notes or within:
            notes.append("The transcript holds no speech.")
        scenes = [Scene(start=0.0, end=duration, mood="neutral", energy=NEUTRAL_ENERGY)]
        return SceneAnalysis(context=context_of(scenes), segments=_unspoken(within), notes=notes)
    english = is_mostly_english([utterance.text for utterance in utterances])
    probabilities = _probabilities(utterances, report, english=english, notes=notes)
    strengths = energies(utterances, probabilities)
    scenes = _scenes(utterances, probabilities, strengths, duration)
    if report is not None:
        report(1.0, f"Found {len(scenes)} {'scene' if len(scenes) == 1 else 'scenes'}")
    return SceneAnalysis(
        context=context_of(scenes),
        segments=_segment_moods(within, utterances, probabilities),
        notes=notes,
    )


def check_duration(duration: float) -> None:
    """Refuses what is no length of a video in seconds.

    Raises:
        InvalidRequest: naming the value.
    """
    if not (math.isfinite(duration) and 0 < duration <= 1_000_000):
        raise InvalidRequest(f"duration must be more than 0 and at most 1,000,000 seconds, not {duration}.")


def _left_out(count: int, duration: float) -> str:
    lines = "line" if count == 1 else "lines"
    return f"{count:,} {lines} after {duration:g} s {'was' if count == 1 else 'were'} left out."


def _start(segment: Segment) -> float:
    return segment.start


def _probabilities(
    utterances: Sequence[Utterance], report: Report | None, *, english: bool, notes: list[str]
) -> NDArray[np.float64]:
    # What computes moods is heavy: whoever reads transcripts alone goes without it.
    from dalsegno.scenes.mood import is_multilingual, mood_probabilities  # noqa: PLC0415

    ear: Ear = "english" if english or not is_multilingual() else "multilingual"
    if not english and ear == "english":
        notes.append(_NOT_ENGLISH)
    texts, count = _texts_in_context(utterances), len(utterances)
    if report is None:
        return mood_probabilities(texts, ear=ear)

    def tell(done: int) -> None:
        report(0.98 * done / count, f"Heard the mood of {done:,} of {count:,} utterances")

    tell(0)
    return mood_probabilities(texts, tell, ear=ear)


def _texts_in_context(utterances: Sequence[Utterance]) -> list[str]:
    """What each utterance is heard as: the second half of a sentence means little without the first."""
    return [
        f"{utterances[index - 1].text} {utterance.text}" if utterance.continues else utterance.text
        for index, utterance in enumerate(utterances)
    ]


def _scenes(
    utterances: Sequence[Utterance],
    probabilities: NDArray[np.float64],
    strengths: NDArray[np.float64],
    duration: float,
) -> list[Scene]:
    # A scene begins with its first words; the first one with the video.
    bounds = [0.0, *(min(round(utterance.start, 3), duration) for utterance in utterances[1:]), duration]
    stretches = most_likely_stretches(
        bounds,
        evidence_of(utterances, probabilities, strengths),
        turning_costs(utterances),
        min(duration, max(MIN_SCENE, duration / _MOST_SCENES)),
    )
    lengths = np.array([max(_LEAST_COUNTED, utterance.end - utterance.start) for utterance in utterances])
    # Connective speech is heard at the energy of what it connects: it counts for a quarter.
    weights = lengths * (1 - 0.75 * probabilities[:, MOODS.index("neutral")])
    return joined(
        Scene(
            start=bounds[stretch.first],
            end=bounds[stretch.last],
            mood=mood_of_state(stretch.state),
            energy=_average(strengths[stretch.first : stretch.last], weights[stretch.first : stretch.last]),
        )
        for stretch in stretches
    )


def joined(scenes: Iterable[Scene]) -> list[Scene]:
    """The scenes, neighbours of one mood and near energy made one."""
    result: list[Scene] = []
    for scene in scenes:
        last = result[-1] if result else None
        if last and last.mood == scene.mood and abs(last.energy - scene.energy) <= _SAME_ENERGY:
            lengths = [last.end - last.start, scene.end - scene.start]
            energy = _average([last.energy, scene.energy], lengths)
            result[-1] = Scene(start=last.start, end=scene.end, mood=scene.mood, energy=energy)
        else:
            result.append(scene)
    return result


def _average(
    values: Sequence[float] | NDArray[np.float64], weights: Sequence[float] | NDArray[np.float64]
) -> float:
    return round(float(np.average(values, weights=weights)), 1)


def _segment_moods(
    segments: Sequence[Segment], utterances: Sequence[Utterance], probabilities: NDArray[np.float64]
) -> list[SegmentMood]:
    """The mood of each line: that of the utterance it belongs to."""
    moods = _unspoken(segments)
    for utterance, row in zip(utterances, probabilities, strict=True):
        best = int(np.argmax(row))
        for index in utterance.segments:
            moods[index] = SegmentMood(
                start=segments[index].start,
                end=segments[index].end,
                mood=MOODS[best],
                confidence=round(float(row[best]), 3),
            )
    return moods


def _unspoken(segments: Sequence[Segment]) -> list[SegmentMood]:
    """Lines without speech: neutral, with no more confidence than chance."""
    return [
        SegmentMood(start=segment.start, end=segment.end, mood="neutral", confidence=1 / len(MOODS))
        for segment in segments
    ]
