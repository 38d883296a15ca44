"""What the steps need from the outside world, as protocols. Adapters implement them; memory does too.

Every method raises errors of `dalsegno.errors` only.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from dalsegno.models import MusicBrief, StoredObject

# Told how much is done (0..1) and, in words, what is being done. Called often: cheap, never raises.
Report = Callable[[float, str], None]


class ObjectStore(Protocol):
    """Keys and bytes. Keys are relative, `/`-separated, up to 1,024 bytes of UTF-8, without `.` and `..` parts.

    An object appears whole or not at all, whatever dies in the midst of a write. All methods raise
    StorageUnavailable where trying again can help and StorageDenied where it can't.
    """

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """Writes an object from a file (streamed) or from bytes.

        With `once`, a key that is taken is left alone: the same content counts as written, other content
        raises ObjectExists.
        """
        ...

    async def stat(self, key: str) -> StoredObject | None:
        """What lies under the key, or None."""
        ...

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes from `start` on, `length` of them or all the rest. Raises ObjectMissing."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The object in pieces of at most a few MiB. Raises ObjectMissing."""
        ...

    async def get(self, key: str, target: Path) -> StoredObject:
        """Downloads into a file, checking the content against its SHA-256; no half file stays. Raises ObjectMissing."""
        ...

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """Copies within the store what was stored as `source`; done already counts as done.

        Raises ObjectMissing if nothing lies under `source.key`, StorageDenied if it has other content by now.
        """
        ...

    def list(self, prefix: str) -> AsyncIterator[str]:
        """The keys that begin with `prefix`, in order."""
        ...

    async def delete(self, key: str) -> None:
        """Deletes; what is not there counts as deleted."""
        ...

    async def link(self, key: str, expires: timedelta) -> str:
        """An address by which anyone can fetch the object until it expires. Raises ObjectMissing."""
        ...


@dataclass(frozen=True)
class JobRow:
    """One row of the table `music_jobs`: the columns of the contract, one field each."""

    job_id: str
    request_sha256: str
    customer_id: str
    status: str
    step: str
    provider: str
    requested_duration_seconds: float
    workflow_run_id: str
    created_at: datetime
    updated_at: datetime
    title: str | None = None
    prompt: str | None = None
    mood: str | None = None
    reference_song_title: str | None = None
    reference_artist: str | None = None
    reference_bpm: float | None = None
    reference_key: str | None = None
    reference_mood: str | None = None
    reference_confidence: float | None = None
    r2_key: str | None = None
    r2_preview_key: str | None = None
    file_size_bytes: int | None = None
    audio_duration_seconds: float | None = None
    error_message: str | None = None
    failure_type: str | None = None
    completed_at: datetime | None = None

    @property
    def place(self) -> "RowPlace":
        """Where it stands among the rows."""
        return RowPlace(self.updated_at, self.job_id)


class RowPlace(NamedTuple):
    """A place among the rows: they are ordered by their last write, at one moment by their job's id."""

    updated_at: datetime
    job_id: str


class JobRecords(Protocol):
    """The table `music_jobs`.

    Writes are idempotent and ordered by `updated_at`, which is the workflow's time: a write that is older than
    the row is ignored, so a late writer never turns `completed` back. Methods raise DatabaseUnavailable where
    trying again can help; SettingsError is raised at the start of a program only.
    """

    async def open(self, row: JobRow) -> JobRow:
        """Inserts the row if the job has none; returns the row that is there now, whosever it is.

        A row of the same request that is older and not completed is brought up to the new run: its status, step,
        run id, `updated_at`, and no error any more.
        """
        ...

    async def update(
        self, job_id: str, *, request_sha256: str, updated_at: datetime, changes: dict[str, Any]
    ) -> None:
        """Sets the named columns, unless the row is newer, belongs to another request, or isn't there."""
        ...

    async def get(self, job_id: str) -> JobRow | None:
        """The row of a job."""
        ...

    async def with_status(
        self, status: str, *, before: datetime, after: RowPlace | None = None, limit: int = 1_000
    ) -> list[JobRow]:
        """The rows that have a status and were last written before a time, the oldest first.

        Args:
            status: the status.
            before: when they were last written, at the latest.
            after: only those behind this place.
            limit: so many at most; the others follow after the place of the last one.
        """
        ...


LedgerState = Literal["ordered", "sending", "refused", "unknown", "accepted", "succeeded", "rejected"]


@dataclass(frozen=True)
class LedgerEntry:
    """One row of the table `generations`: a payment that was intended, and what became of it.

    Attributes:
        ordinal: 1 for a job's first payment; each further one was ordered by a person.
        state: `ordered` by a person, not sent yet; `sending`: the request may leave at any moment until `deadline`;
            `refused`: surely not accepted; `unknown`: no answer tells; `accepted`: the task is there; `succeeded` or
            `rejected`: it ended with or without music.
        attempt: who sends: a new random id each time.
        deadline: after it the request surely doesn't leave any more.
        sent_at: when the request was about to leave.
        reason: why it was refused, is unknown, or was rejected.
        kept: what the task has made, as it lies in the job's staging.
    """

    job_id: str
    ordinal: int
    provider: str
    customer_id: str
    state: LedgerState
    created_at: datetime
    updated_at: datetime
    attempt: str | None = None
    deadline: datetime | None = None
    sent_at: datetime | None = None
    task_id: str | None = None
    reason: str | None = None
    kept_key: str | None = None
    kept_bytes: int | None = None
    kept_sha256: str | None = None


class Ledger(Protocol):
    """The table `generations`: what decides whether a job may be paid for. Keyed by job and ordinal, never by run.

    Methods raise DatabaseUnavailable where trying again can help. A write that raised may have been done.
    """

    async def latest(self, job_id: str) -> LedgerEntry | None:
        """The entry of a job with the highest ordinal."""
        ...

    async def add(self, entry: LedgerEntry) -> bool:
        """Adds an entry; False if the job has one with this ordinal, which stays as it is."""
        ...

    async def replace(self, before: LedgerEntry, after: LedgerEntry) -> bool:
        """Puts `after` in the place of `before`; False if another was there by now: in state, attempt or task."""
        ...

    async def of_task(self, provider: str, task_id: str) -> LedgerEntry | None:
        """The entry that a provider's task belongs to."""
        ...


@dataclass(frozen=True)
class RenderedMusic:
    """What a provider left in the folder it was given: relative names, `master.wav` and `preview.mp3` among them."""

    title: str
    files: list[str]
    notes: list[str] = field(default_factory=list)


class MusicProvider(Protocol):
    """Makes music from a brief on this machine, all at once."""

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Writes the music into `folder`. The same brief gives the same bytes on the same machine.

        CPU-bound and blocking: run it in a process of its own.
        """
        ...


@dataclass(frozen=True)
class ProviderTask:
    """How a task stands at the provider that works it off.

    Attributes:
        state: `waiting` for its turn there, `running`, or ended: `succeeded`, or `failed`, which is for good.
        reason: why it failed, in the provider's words: hostile text, at most 500 characters.
    """

    task_id: str
    state: Literal["waiting", "running", "succeeded", "failed"]
    reason: str | None = None


@dataclass(frozen=True)
class ProviderAccount:
    """The account that pays.

    Attributes:
        balance: what is left on it, in hundredths of the account's currency.
        concurrent_tasks: how many tasks it may have in flight; None if the provider doesn't tell.
    """

    balance: int
    concurrent_tasks: int | None


class TaskProvider(Protocol):
    """A service that makes music for money, as tasks that it works off by itself.

    Every method is one exchange with the service and never tries again by itself. All raise AuthenticationFailed,
    AccountSuspended, InsufficientCredits, QuotaExceeded, ProviderBusy and ProviderUnavailable as it answers.

    Attributes:
        concurrency: how many tasks the account may have in flight, over all machines.
        poll_seconds: how often a task is asked about.
    """

    concurrency: int
    poll_seconds: float

    async def submit(self, brief: MusicBrief, *, about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        """Orders the music, which is paid for; returns the task's id.

        Args:
            brief: what is ordered.
            about_to_send: awaited once, when the connection stands and the request leaves next. It returns until when
                it may: that is looked at in the very step that sends it. If it raises, nothing is sent and its error
                is raised as it is.

        Raises:
            SubmissionUnknown: the request may have been accepted, but no answer says so. Each other error means that
                it was surely not accepted.
            InvalidRequest, ContentPolicyViolation: the service refuses what was asked for.
        """
        ...

    async def task(self, task_id: str) -> ProviderTask:
        """How a task stands.

        Raises:
            TaskGone: the service knows no such task (any more, or yet).
        """
        ...

    async def download(self, task_id: str, folder: Path, report: Report) -> Path:
        """Streams what a succeeded task has made into a file of the folder, in the best format that there is.

        Raises:
            DownloadFailed: it didn't arrive whole, or is no audio.
            TaskGone: the service keeps it no longer, or hasn't put it there yet.
            GenerationRejected: the task has ended without music.
        """
        ...

    async def account(self) -> ProviderAccount:
        """The account, as the service has it."""
        ...

    async def close(self) -> None:
        """Ends its connections."""
        ...


class LocalClip(NamedTuple):
    """A stretch of a song as a local file: a WAV of 44.1 kHz, 16 bit, stereo, at most 15 seconds.

    Attributes:
        path: the file.
        seconds: its length.
        title, artist: what the source itself says, each on one line of at most 200 characters.
    """

    path: Path
    seconds: float
    title: str | None
    artist: str | None


class ClipSource(Protocol):
    """Takes the most telling 15 seconds out of a song. The work is done by child processes; cancelling ends them.

    Both methods raise UnsupportedSource where there is no music to be taken from, and ProcessEndedError where a child
    was killed from outside.
    """

    async def of_video(self, url: str, folder: Path, report: Report) -> LocalClip:
        """A clip of a YouTube video's sound, written into `folder`, which is the clip's alone.

        Raises:
            SourceUnavailable: the video is private, removed or blocked.
            SourceThrottled: YouTube asks to come back later, or does not answer.
        """
        ...

    async def of_file(self, audio: Path, folder: Path, report: Report) -> LocalClip:
        """A clip of an audio file, written into `folder`, which is the clip's alone."""
        ...


class Recognition(NamedTuple):
    """A song that was recognised.

    Attributes:
        confidence: 0..1 as it was measured; None where none was.
        method: who recognised it.
        begins_at: where in the song the clip begins, in seconds; None where nobody tells.
    """

    title: str
    artist: str | None
    confidence: float | None
    method: Literal["catalog", "audd"]
    begins_at: float | None = None


class SongRecogniser(Protocol):
    """Recognises a song by its sound."""

    async def recognise(self, clip: Path) -> Recognition | None:
        """The song that a WAV file is of, as `LocalClip` describes it; None if it is not known.

        Every call is one exchange and never tries again by itself. Raises errors of `dalsegno.errors` where there is
        no answer.
        """
        ...


@dataclass(frozen=True)
class CatalogTrack:
    """A track of the catalogue.

    Attributes:
        track_id: the first 32 hexadecimal digits of the SHA-256 of the file that it was added from.
        title, artist: each on one line of at most 200 characters.
        seconds: its length.
    """

    track_id: str
    title: str
    artist: str | None
    seconds: float
    added_at: datetime


class CatalogCandidate(NamedTuple):
    """A track that an excerpt may be of; its fingerprint is 32 bits a sub-fingerprint, the lowest byte first."""

    track: CatalogTrack
    fingerprint: bytes


class Catalog(Protocol):
    """Tracks with their fingerprints, found by single sub-fingerprints: the keys, which are signed 32-bit numbers.

    Writes are whole or not done, and may be repeated. Methods raise DatabaseUnavailable where trying again can help.
    """

    async def add(self, track: CatalogTrack, fingerprint: bytes, keys: Sequence[int]) -> bool:
        """Adds a track, or leaves alone the one that has its id; tells whether it was added."""
        ...

    async def get(self, track_id: str) -> CatalogTrack | None:
        """The track of this id."""
        ...

    async def tracks(self, *, after: str = "", limit: int = 1_000) -> list[CatalogTrack]:
        """Tracks in the order of their ids: those behind the id `after`, so many at most."""
        ...

    async def remove(self, track_id: str) -> bool:
        """Removes a track; tells whether it was there."""
        ...

    async def candidates(self, keys: Sequence[int], *, limit: int) -> list[CatalogCandidate]:
        """The tracks that have most of these keys, so many at most. Keys that very many tracks have may not count."""
        ...
