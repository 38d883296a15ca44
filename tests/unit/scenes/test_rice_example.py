"""The example that comes with the product: Kennedy at Rice University, 1962."""

from itertools import pairwise
from pathlib import Path

from dalsegno.scenes import analyze, read_transcript

RICE = Path(__file__).parents[3] / "examples" / "rice-1962.srt"


def test_it_is_read_whole() -> None:
    """Three to four minutes, sixty lines and more, at the pace of a speech, applause left out."""
    segments = read_transcript(RICE.read_bytes(), RICE.name)
    assert len(segments) >= 60
    assert 180 <= segments[-1].end <= 240
    words = sum(len(segment.text.split()) for segment in segments)
    assert 105 <= words / segments[-1].end * 60 <= 125
    assert all(before.end <= after.start for before, after in pairwise(segments))
    assert not any("pplause" in segment.text for segment in segments)


def test_it_has_several_scenes_that_suit_the_speech() -> None:
    """Epic and inspiring, no stretch of it merry or in love; none turns in mid-sentence."""
    segments = read_transcript(RICE.read_bytes(), RICE.name)
    analysis = analyze(segments, 210.0)
    scenes = analysis.context.scenes
    assert 3 <= len(scenes) <= 8
    assert {scene.mood for scene in scenes} >= {"epic", "inspiring"}
    assert not {scene.mood for scene in scenes} & {"happy", "sad", "romantic", "calm"}
    assert analysis.notes == []
    after = {following.start: line.text for line, following in pairwise(segments)}
    assert all(after[scene.start].endswith((".", "?")) for scene in scenes[1:])
