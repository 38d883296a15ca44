"""What the page shows of cue-sheet.json.

A part that the sheet lacks is empty here; parts that the page doesn't show are passed over.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dalsegno.errors import InternalError

FILE_NAME = "cue-sheet.json"

Outcome = Literal["honoured", "substituted", "ignored"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TempoMark(_Part):
    """From `time` (seconds) on, the music goes at `bpm` beats a minute."""

    time: float = 0.0
    bpm: float


class Cue(_Part):
    """A hit of the music on a cut of the video, `time` in seconds."""

    time: float
    label: str = ""


class InstrumentOutcome(_Part):
    """What became of an instrument that was asked for."""

    asked: str
    status: Outcome
    played: list[str] | str | None = None
    note: str | None = None


class PromptOutcome(_Part):
    """What became of some words of the prompt."""

    words: str
    status: Outcome
    effect: str | None = None


class FittingOutcome(_Part):
    """What was done to music that came from elsewhere, a sentence each, in order."""

    done: list[str] = []


class CueSheet(_Part):
    """The cue sheet of a piece, as far as people read it on the page."""

    key: str | None = None
    mood: str | None = None
    tempo_map: list[TempoMark] = []
    cues: list[Cue] = []
    instruments: list[InstrumentOutcome] = []
    prompt: list[PromptOutcome] = []
    fitting: FittingOutcome = FittingOutcome()


def read_cue_sheet(folder: Path) -> CueSheet:
    """Reads the folder's cue sheet; one that is not there gives an empty one.

    Raises:
        InternalError: the file is there and is no cue sheet.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return CueSheet()
    try:
        return CueSheet.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "its beginning"
        raise InternalError(
            f"The provider wrote a {FILE_NAME} that is wrong at {place}: {first['msg']}."
        ) from None
