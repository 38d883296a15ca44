"""What goes into Dal Segno and what comes out of it, and the names by which users reach it in Temporal.

Times are in seconds from the start of the video unless a name ends in `_at` (then UTC date and time).
"""

import hashlib
import json
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dalsegno.youtube_address import video_id

Mood = Literal[
    "happy",
    "sad",
    "calm",
    "tense",
    "epic",
    "romantic",
    "dark",
    "energetic",
    "inspiring",
    "neutral",
]
MOODS: tuple[Mood, ...] = get_args(Mood)

Step = Literal["queued", "analyzing", "extracting", "identifying", "generating", "uploading", "completed"]
STEPS: tuple[Step, ...] = get_args(Step)

WORKFLOW_TYPE = "GenerateMusic"
RETRY_WORKFLOW_TYPE = "RetryMusic"
DISCARD_WORKFLOW_TYPE = "DiscardMusic"
FORGOTTEN_WORKFLOW_TYPE = "ForgottenMusic"
HOUSEKEEPING_WORKFLOW_TYPE = "MusicHousekeeping"
GATE_WORKFLOW_TYPE = "MusicProviderGate"
TASK_QUEUE = "music-generation"
# What keeps a core busy waits in a queue of its own, so that a render never holds up a row or an upload.
CPU_TASK_QUEUE = "music-generation-cpu"
# What pays waits in a queue of its own: a worker that dies takes down no more submissions than it has slots for.
SUBMIT_TASK_QUEUE = "music-generation-submit"
# What waits for other people's sites waits in a queue of its own: a slow line never holds up a render.
REFERENCE_TASK_QUEUE = "music-generation-reference"
QUERY_STEP, QUERY_PROGRESS, QUERY_STATUS = "step", "progress", "status"
# The gate of a provider's account: what jobs ask of it, what it tells them, and how many are ahead of a job.
SIGNAL_REQUEST_SLOT, SIGNAL_LOOK_AGAIN, SIGNAL_SLOT_GRANTED = "request_slot", "look_again", "slot_granted"
QUERY_AHEAD = "ahead"
SEARCH_ATTRIBUTES = ("MusicCustomer", "MusicStep", "MusicProvider", "MusicFailedStep", "MusicFailureType")

# Who can make music, and how: rendered by a worker, or as a paid task of a service. A new one is a line here, and a
# file in `dalsegno/providers`.
PROVIDERS: dict[str, Literal["render", "task"]] = {"builtin": "render", "mureka": "task"}

SAMPLE_RATE = 48_000
MAX_SEGMENTS = 20_000
MAX_SCENES = 1_000
MAX_INSTRUMENTS = 16

# How far each step takes the job, in percent: heartbeats move within a step's span.
STEP_SPANS: dict[Step, tuple[int, int]] = {
    "queued": (0, 0),
    "analyzing": (0, 10),
    "extracting": (10, 15),
    "identifying": (15, 20),
    "generating": (20, 85),
    "uploading": (85, 99),
    "completed": (99, 100),
}

_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
# No NUL and no other control character but tab and line ends: they break databases, terminals and pages.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
# Neither line ends: it stands within a line.
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"


def _names_one_video(address: str) -> str:
    if video_id(address) is None:
        raise PydanticCustomError("youtube_url", "names no video")
    return address


CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_ID)]
JobId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_ID)]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
InstrumentName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=_TEXT)
]


class Model(BaseModel):
    """Base of all models: immutable, no unknown field, no number given as text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Stretch(Model):
    """A stretch of the video, from `start` to `end`."""

    start: Seconds
    end: Seconds

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"ends at {self.end:g} s, not after its start at {self.start:g} s")
        return self


class Segment(Stretch):
    """One line of a transcript."""

    text: Annotated[str, StringConstraints(max_length=1_000, pattern=_TEXT)]


class Scene(Stretch):
    """A stretch of the video with one mood.

    Attributes:
        energy: 0 (still) to 100 (as strong as it gets).
    """

    mood: Mood
    energy: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class BaseRequest(Model):
    """What a customer asks for, without segments and scenes, which may be large."""

    customer_id: CustomerId
    duration: Annotated[float, Field(ge=5, le=600, allow_inf_nan=False)]
    mood: Mood | None = None
    prompt: Annotated[str, StringConstraints(max_length=2_000, pattern=_TEXT)] | None = None
    instruments: Annotated[list[InstrumentName], Field(max_length=MAX_INSTRUMENTS)] = []
    youtube_url: (
        Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_names_one_video)] | None
    ) = None
    reference_audio: (
        Annotated[str, StringConstraints(min_length=1, max_length=4_096, pattern=_TEXT)] | None
    ) = None
    provider: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9-]+$")] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    stems: bool = False


class MusicRequest(BaseRequest):
    """What a customer asks for. All that can be refused is refused here, before anything starts."""

    segments: Annotated[list[Segment], Field(max_length=MAX_SEGMENTS)] = []
    scenes: Annotated[list[Scene], Field(max_length=MAX_SCENES)] = []
    job_id: JobId | None = None

    @field_validator("segments")
    @classmethod
    def _segments_in_order(cls, segments: list[Segment]) -> list[Segment]:
        for number, (before, after) in enumerate(pairwise(segments), start=1):
            if after.start < before.start:
                raise ValueError(
                    f"not in order: segment {number} starts at {after.start:g} s, "
                    f"before segment {number - 1} at {before.start:g} s"
                )
        return segments

    @field_validator("scenes")
    @classmethod
    def _scenes_in_order(cls, scenes: list[Scene]) -> list[Scene]:
        for number, (before, after) in enumerate(pairwise(scenes), start=1):
            if after.start < before.end:
                raise ValueError(
                    f"not in order: scene {number} starts at {after.start:g} s, "
                    f"before scene {number - 1} ends at {before.end:g} s"
                )
        return scenes

    @model_validator(mode="after")
    def _says_what_it_should_be_like(self) -> Self:
        prompt = (self.prompt or "").strip()
        if not (
            self.mood
            or prompt
            or self.instruments
            or self.youtube_url
            or self.reference_audio
            or self.segments
            or self.scenes
        ):
            raise ValueError(
                "Say what the music should be like: give a prompt, a mood, instruments, "
                "a reference, a transcript or scenes."
            )
        if self.segments and self.scenes:
            raise ValueError("Give either segments (a transcript) or scenes (a plan), not both.")
        if self.youtube_url and self.reference_audio:
            raise ValueError("Give either youtube_url or reference_audio, not both.")
        return self

    def base(self) -> BaseRequest:
        """The request without segments, scenes and job id."""
        return BaseRequest.model_construct(**{name: getattr(self, name) for name in BaseRequest.model_fields})

    def with_audio(self, sha256: str) -> Self:
        """The request with its reference audio named by its content: a path means something on one machine only."""
        return self.model_copy(update={"reference_audio": f"sha256:{sha256}"})

    def sha256(self) -> str:
        """The request's identity: the SHA-256, in hex, of its canonical JSON without the job id."""
        # Without defaults: a field that a later version adds doesn't change what was asked for.
        content = self.model_dump(mode="json", exclude={"job_id"}, exclude_defaults=True)
        return hashlib.sha256(
            json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        ).hexdigest()


class ReferenceSong(Model):
    """What is known of the reference song. What was not found is null, never guessed."""

    title: str | None = None
    artist: str | None = None
    bpm: float | None = None
    key: str | None = None
    mood: Mood | None = None
    confidence: float | None = None
    method: Literal["catalog", "metadata", "audd", "none"] = "none"


class SceneContext(Model):
    """The scenes of a video and what they amount to.

    Attributes:
        average_energy: 0..100, weighted by time.
        summary: two or three plain sentences.
    """

    dominant_mood: Mood
    average_energy: float
    scene_count: int
    summary: str
    scenes: list[Scene]


class MusicBrief(Model):
    """All that a provider needs in order to make the music; its result is fixed by this alone.

    Attributes:
        duration: seconds, 5 to 600.
        mood: the mood asked for, else the scenes' dominant one, else None: the prompt then decides.
        scenes: in order, without gaps, from 0 to `duration`; empty where the job has none.
        reference: tempo and key to take over, where they are known.
    """

    duration: float
    seed: int
    mood: Mood | None = None
    prompt: str = ""
    instruments: list[str] = []
    scenes: list[Scene] = []
    reference: ReferenceSong | None = None
    stems: bool = False


class StoredObject(Model):
    """An object as it lies in the store: its key, its size in bytes, its SHA-256 in hex."""

    key: str
    bytes: int
    sha256: str


SongName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_LINE)]


class ReferenceClip(Model):
    """A stretch of the reference song, from its most telling part.

    Attributes:
        clip: in the job's staging: a WAV file of 44.1 kHz, 16 bit, stereo.
        seconds: how long it is, at most 15.
        title, artist: what the source itself says (YouTube's track and artist, a file's tags), where it does.
    """

    clip: StoredObject
    seconds: Annotated[float, Field(gt=0, le=15)]
    title: SongName | None = None
    artist: SongName | None = None


class MusicJob(Model):
    """The input of the workflow `GenerateMusic`: small, however long the transcript is.

    Attributes:
        material: where the whole request lies in the store, when it has segments or scenes.
        reference_audio: the audio file of the request's reference song, in the job's staging. The request itself names
            it by its content.
        retry_initial_seconds: the first wait before a provider-like step is tried again.
    """

    job_id: JobId
    request: BaseRequest
    request_sha256: str
    provider: str
    seed: int
    material: StoredObject | None = None
    reference_audio: StoredObject | None = None
    retry_initial_seconds: float = 5.0


class StepStatus(Model):
    """One step of a job. `note` says in words what is worth knowing about it."""

    name: Step
    state: Literal["pending", "running", "done", "skipped", "failed"]
    started_at: datetime | None = None
    finished_at: datetime | None = None
    note: str | None = None


class Failure(Model):
    """Why a job failed and how it goes on. `type` is one of the failure types of `dalsegno.errors`."""

    step: Step
    type: str
    message: str
    reset_command: str | None = None


class MusicResult(Model):
    """What a completed job has published; `objects` by file name, `elapsed` in seconds."""

    success: bool = True
    job_id: str
    title: str
    duration: float
    elapsed: float
    provider: str
    objects: dict[str, StoredObject]


class JobStatus(Model):
    """Where a job is. `progress` is 0..100; `last_error` is what is being retried, if anything is."""

    job_id: str
    customer_id: str
    status: Literal["running", "completed", "failed", "cancelled"]
    step: Step
    progress: float
    message: str
    last_error: str | None = None
    steps: list[StepStatus]
    scene_context: SceneContext | None = None
    reference_song: ReferenceSong | None = None
    failure: Failure | None = None
    result: MusicResult | None = None


class StepProgress(Model):
    """What a step's heartbeat tells: how much of the step is done (0..1), and in words what it is doing."""

    fraction: float
    message: str


def object_prefix(customer_id: str, job_id: str) -> str:
    """Where a job publishes, ending in a slash."""
    return f"customers/{customer_id}/music/{job_id}/"


def staging_prefix(job_id: str) -> str:
    """Where a job keeps what it needs between its steps, ending in a slash."""
    return f"staging/{job_id}/"


def gate_id(provider: str) -> str:
    """The workflow id of the gate of a provider's account. No job has a colon in its id, so none takes its place."""
    return f"music-gate:{provider}"


def default_seed(job_id: str) -> int:
    """The seed of a job that names none: from its id, so that every run of it makes the same music."""
    return int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:6], "big")


class JobSummary(Model):
    """One line of a list of jobs, as Temporal's visibility has it.

    Attributes:
        forgotten: Temporal keeps its history no longer; only the database remembers it.
    """

    job_id: str
    run_id: str
    customer_id: str
    status: Literal["running", "completed", "failed", "cancelled"]
    step: str
    provider: str
    started_at: datetime
    closed_at: datetime | None = None
    failed_step: str | None = None
    failure_type: str | None = None
    forgotten: bool = False


class ForgottenQuestion(Model):
    """Which of the jobs that ended without music, and whose history Temporal keeps no longer, are asked for.

    Attributes:
        job_id: this one alone; None asks for all that failed, page by page.
        after: the place behind which a page begins, as the page before it says; None is the beginning.
    """

    job_id: str | None = None
    after: tuple[datetime, str] | None = None


class ForgottenPage(Model):
    """Jobs that only the database remembers, and the place after which there are more; None: there are none."""

    jobs: list[JobSummary]
    after: tuple[datetime, str] | None = None
