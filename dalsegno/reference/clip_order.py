"""What is asked of the program that takes a clip, and what it answers."""

from dalsegno.models import Model, StepProgress

# The clip's name, in the folder where the program runs.
CLIP = "clip.wav"


class ClipOrder(Model):
    """Of what a clip is taken: of a YouTube video, by its id, or of a file."""

    video: str | None = None
    file: str | None = None
    proxy: str | None = None
    cookies: str | None = None


class TakenClip(Model):
    """The clip is there: its length in seconds, and what its source says of the song."""

    seconds: float
    title: str | None = None
    artist: str | None = None


class FailedClip(Model):
    """There is none: the class of the error and its sentence.

    Attributes:
        kind: one of the source errors, `OSError`, or anything else, which is a bug.
        errno: of an OSError.
        details: of a bug, for the log.
    """

    kind: str
    message: str
    errno: int | None = None
    details: str | None = None


class ClipAnswer(Model):
    """One line of an answer: progress as often as one likes, then one of the others."""

    progress: StepProgress | None = None
    taken: TakenClip | None = None
    failed: FailedClip | None = None
