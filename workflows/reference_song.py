"""The reference song in words, and in the job's row."""

from activities.job_records import RowChange
from dalsegno.models import ReferenceSong


def told_of(song: ReferenceSong) -> str:
    """What is known of the song, in a sentence. What is uncertain is said to be so, and does not steer the music."""
    name = f"“{song.title}”" if song.title else "an unknown song"
    by = f" by {song.artist}" if song.artist else ""
    known = [f"at {song.bpm:.0f} bpm"] if song.bpm else []
    known += [f"in {song.key}"] if song.key else []
    missing = [name for name, value in (("tempo", song.bpm), ("key", song.key)) if not value]
    uncertain = f", {' and '.join(missing)} uncertain" if missing else ""
    return " ".join([f"Reference: {name}{by}", *known]) + f"{uncertain}."


def with_reference(song: ReferenceSong) -> RowChange:
    """The change to the row of a job that is at identifying."""
    return RowChange(
        status="running",
        step="identifying",
        reference_song_title=song.title,
        reference_artist=song.artist,
        reference_bpm=song.bpm,
        reference_key=song.key,
        reference_mood=song.mood,
        reference_confidence=song.confidence,
    )
