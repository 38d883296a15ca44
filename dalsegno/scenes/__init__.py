"""Scenes of a video from its transcript, offline: what is said, in which mood, and where the mood turns."""

from dalsegno.scenes.analysis import analyze
from dalsegno.scenes.plan import context_of_plan
from dalsegno.scenes.result import SceneAnalysis, SegmentMood
from dalsegno.scenes.transcript import read_transcript

__all__ = ["SceneAnalysis", "SegmentMood", "analyze", "context_of_plan", "read_transcript"]
