"""What a clip is like, and what of that is sure enough to be passed on."""

from dataclasses import dataclass
from pathlib import Path

from dalsegno.models import Mood
from dalsegno.ports import Report
from dalsegno.reference.analysis.key import find_key
from dalsegno.reference.analysis.mood import find_mood
from dalsegno.reference.analysis.sound import RATE, read_clip
from dalsegno.reference.analysis.tempo import find_tempo

# From these on nine of ten readings are right, measured on the development part of the rendered scores. Moods were
# measured on too few pieces to say more than that less than even odds are none.
SURE_BPM, SURE_KEY, SURE_MOOD = 0.6, 0.75, 0.5
# Less than this shows neither a beat nor a key.
LEAST_SECONDS = 3.0


@dataclass(frozen=True)
class SongFeatures:
    """What a clip is like. Readings are None where nothing of the kind is to be heard at all.

    Attributes:
        likely_bpm: the likeliest tempo, beats a minute.
        bpm_confidence: how likely it is right within 4 %, 0..1.
        likely_key: the likeliest key, "A minor" say.
        key_confidence: how likely it is right, 0..1.
        likely_mood: the likeliest mood.
        mood_confidence: how likely it is right, 0..1.
    """

    likely_bpm: float | None = None
    bpm_confidence: float = 0.0
    likely_key: str | None = None
    key_confidence: float = 0.0
    likely_mood: Mood | None = None
    mood_confidence: float = 0.0

    @property
    def bpm(self) -> float | None:
        """The tempo, if it is sure enough to compose by."""
        return self.likely_bpm if self.bpm_confidence >= SURE_BPM else None

    @property
    def key(self) -> str | None:
        """The key, if it is sure enough to compose by."""
        return self.likely_key if self.key_confidence >= SURE_KEY else None

    @property
    def mood(self) -> Mood | None:
        """The mood, if it is sure enough to compose by."""
        return self.likely_mood if self.mood_confidence >= SURE_MOOD else None

    @property
    def in_words(self) -> str:
        """All readings in one sentence, which tells what is sure from what is not."""
        parts = [
            self._words("tempo", self.bpm, self.likely_bpm and f"{self.likely_bpm:.0f} beats a minute"),
            self._words("key", self.key, self.likely_key),
            self._words("mood", self.mood, self.likely_mood),
        ]
        sentence = "; ".join(parts)
        return f"{sentence[0].upper()}{sentence[1:]}."

    @staticmethod
    def _words(name: str, sure: object, reading: str | float | None) -> str:
        if reading is None:
            return f"no {name} to be heard"
        return f"{name} {reading}" if sure else f"{name} uncertain, perhaps {reading}"


def describe(path: Path, report: Report, mood: Mood | None = None) -> SongFeatures:
    """Measures tempo, key and mood of a clip. CPU-bound: run it in a process of its own.

    Args:
        path: a sound file, WAV say; of a longer one the first 15 s count.
        report: told how far it is.
        mood: of the music that is to be made, where it is known: it decides between octaves of the tempo.

    Raises:
        soundfile.LibsndfileError: if the file is no sound file.
    """
    report(0.0, "Listening to the reference")
    audio = read_clip(path)
    if len(audio) < LEAST_SECONDS * RATE:
        return SongFeatures()
    tempo = find_tempo(audio, mood)
    report(0.4, "Listening to the reference")
    key = find_key(audio)
    report(0.8, "Listening to the reference")
    feeling = (
        find_mood(minor=key.minor, bpm=tempo.bpm, bpm_confidence=tempo.confidence, punch=tempo.punch)
        if tempo and key
        else None
    )
    return SongFeatures(
        likely_bpm=round(tempo.bpm, 1) if tempo else None,
        bpm_confidence=round(tempo.confidence, 3) if tempo else 0.0,
        likely_key=key.key.name if key else None,
        key_confidence=round(key.confidence, 3) if key else 0.0,
        likely_mood=feeling.mood if feeling else None,
        mood_confidence=round(feeling.confidence, 3) if feeling else 0.0,
    )
