"""All that is known of a song, by its name and its sound."""

from pathlib import Path

from dalsegno.models import Mood, ReferenceSong
from dalsegno.ports import Report
from dalsegno.reference.recognition.naming import NamedSong


def describe_song(report: Report, clip: Path, name: NamedSong, mood: Mood | None) -> ReferenceSong:
    """Measures a song that has, or hasn't, been given its name. CPU-bound.

    Args:
        report: told how far it is.
        clip: a WAV file.
        name: what it is called, and how one knows.
        mood: that of the music that is to be made, where it is known: it decides between octaves of a tempo.
    """
    from dalsegno.reference.analysis import describe  # noqa: PLC0415  (slow to load)

    features = describe(clip, report, mood)
    return ReferenceSong(
        title=name.title,
        artist=name.artist,
        bpm=features.bpm,
        key=features.key,
        mood=features.mood,
        confidence=name.confidence,
        method=name.method,
    )
