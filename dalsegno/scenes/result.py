"""What the analysis of a transcript, or of a scene plan, gives."""

from typing import Annotated

from pydantic import Field

from dalsegno.models import Model, Mood, SceneContext, Seconds


class SegmentMood(Model):
    """The mood of one line of a transcript.

    Attributes:
        confidence: the probability of the mood, 0..1, among ten moods.
    """

    start: Seconds
    end: Seconds
    mood: Mood
    confidence: Annotated[float, Field(ge=0, le=1)]


class SceneAnalysis(Model):
    """The scenes of a video and how they were found.

    Attributes:
        segments: one for each line of the transcript within the video, in order; none for a scene plan.
        notes: sentences on what was left out or changed.
    """

    context: SceneContext
    segments: list[SegmentMood] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
