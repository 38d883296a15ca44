"""What must hold when all is over, whatever was killed."""

import asyncio
import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import soundfile

from chaos.key_search import places_of_key
from chaos.progress import say, table
from chaos.testbed import OrderedJob, Testbed, job_of
from dalsegno.deliverables.names import MASTER, PREVIEW
from dalsegno.errors import SubmissionUnknown
from dalsegno.models import JobStatus, MusicResult, staging_prefix
from dalsegno.ports import LedgerEntry
from tests.support.eventually import eventually

# The ledger has an answer milliseconds after it has come; on a machine whose cores are all taken a little later.
_TAKEN_IN_SECONDS = 2.0
# The gate ends when it was idle for half a minute; slots of which nothing is known are given back before that.
_ALL_ENDED_SECONDS = 120.0
_WORKERS_GONE_SECONDS = 15.0
# What is decoded, and by how much, in seconds, it may differ from the job's duration.
_PLAYED = {MASTER: 0.0, PREVIEW: 0.001}


@dataclass
class Audit:
    """What was found.

    Attributes:
        breaches: promises that were broken.
        figures: what the table shows.
    """

    breaches: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)

    def demand(self, holds: object, otherwise: str) -> None:
        """Notes a breach unless something holds."""
        if not holds:
            self.breaches.append(otherwise)

    def show(self, title: str) -> int:
        """Prints the table; returns how many breaches there are."""
        table(title, self.figures | {"breaches": len(self.breaches)})
        for breach in self.breaches:
            say(f"BREACH: {breach}")
        return len(self.breaches)


async def audit(bed: Testbed) -> Audit:
    """Looks at everything, and ends the workers."""
    say("Auditing")
    found = Audit()
    book = await bed.mureka.book()
    billed = Counter(job_of(task["prompt"]) for task in book["billed"])
    ended: Counter[str] = Counter()
    # Asked for now: to answer takes a worker.
    statuses = {job_id: await bed.handle(job_id).status() for job_id in bed.jobs}
    for job_id, job in bed.jobs.items():
        ended[await _job(bed, job, statuses[job_id], book, billed[job_id], found)] += 1
    found.demand(not billed.keys() - bed.jobs.keys(), "tasks of unknown jobs were billed")
    found.demand(
        book["max_in_flight"] <= bed.concurrency,
        f"{book['max_in_flight']} tasks were in flight, {bed.concurrency} are allowed",
    )
    await _nothing_runs(bed, found)
    await _workers_leave_nothing(bed, found)
    for place in await places_of_key(bed, statuses.values()):
        found.breaches.append(f"the key search: {place}")
    found.figures = {
        "workers killed": len(bed.fleet.killed_at),
        "jobs": len(bed.jobs),
        **{f"jobs {how}": count for how, count in sorted(ended.items())},
        "payments": billed.total(),
        "payments a job, at most": max(billed.values(), default=0),
        "tasks in flight, at most": f"{book['max_in_flight']} of {bed.concurrency}",
        "seconds a task takes": bed.task_seconds,
    }
    return found


async def _job(
    bed: Testbed, job: OrderedJob, status: JobStatus, book: dict[str, Any], billed: int, found: Audit
) -> str:
    """Looks at one job; returns how it ended."""
    name = job.job_id
    found.demand(billed <= 1, f"{name} was billed {billed} times")
    how = f"failed, {status.failure.type}" if status.failure else status.status
    match status.status:
        case "completed":
            found.demand(billed == job.paid, f"{name} is completed, but was billed {billed} times")
            assert status.result
            await _objects(bed, status.result, found)
            left = [key async for key in bed.store.list(staging_prefix(name))]
            found.demand(not left, f"{name} is completed, but has {len(left)} objects in staging")
        case "failed" if status.failure and status.failure.type == SubmissionUnknown.__name__:
            seen = _seen(book, await bed.ledger.latest(name), name, bed)
            found.demand(seen, f"{name} is SubmissionUnknown, which the simulator doesn't account for")
            how = f"{how}: {seen}"
        case "cancelled":
            found.demand(job.cancelled, f"{name} is cancelled, but nobody has asked for it")
        case _:
            pending = await _pending(bed, name)
            found.breaches.append(
                f"{name} is {how} in {status.step} ({pending}): {status.last_error or status.failure}"
            )
    if job.must_complete:
        found.demand(status.status == "completed", f"{name} must complete, but is {how}")
        found.demand(billed == 1, f"{name} must be billed once, but was {billed} times")
    await _row(bed, name, status, found)
    return how


async def _pending(bed: Testbed, job_id: str) -> str:
    description = await bed.temporal.get_workflow_handle(job_id).describe()
    return ", ".join(
        f"{each.activity_type.name} attempt {each.attempt}: {each.last_failure.message}"
        for each in description.raw_description.pending_activities
    )


async def _objects(bed: Testbed, result: MusicResult, found: Audit) -> None:
    """Each published object is what was recorded, byte by byte, and the music can be played in its whole length."""
    for name, stored in result.objects.items():
        content = await bed.store.read(stored.key)
        found.demand(
            (hashlib.sha256(content).hexdigest(), len(content)) == (stored.sha256, stored.bytes),
            f"{result.job_id}: {name} differs from its recorded checksum",
        )
        if name in _PLAYED:
            seconds = await asyncio.to_thread(_played_seconds, content)
            found.demand(
                abs(seconds - result.duration) <= _PLAYED[name],
                f"{result.job_id}: {name} plays {seconds} s, not {result.duration}",
            )


def _played_seconds(content: bytes) -> float:
    """Decodes all of it; 0 if that can't be done."""
    try:
        samples, rate = soundfile.read(BytesIO(content), dtype="int16")
    except soundfile.LibsndfileError:
        return 0.0
    seconds: float = len(samples) / rate
    return seconds


async def _row(bed: Testbed, job_id: str, status: JobStatus, found: Audit) -> None:
    """The row says what Temporal says."""
    row = await bed.records.get(job_id)
    description = await bed.temporal.get_workflow_handle(job_id).describe()
    if row is None:
        found.breaches.append(f"{job_id} has no row")
        return
    says = (row.status, row.step, row.workflow_run_id, row.failure_type)
    truth = (
        status.status,
        status.failure.step if status.failure else status.step,
        description.run_id,
        status.failure.type if status.failure else None,
    )
    found.demand(says == truth, f"{job_id}: the row says {says}, Temporal says {truth}")
    if status.result:
        found.demand(
            row.r2_key == status.result.objects["master.wav"].key, f"{job_id}: the row has another master"
        )


def _seen(book: dict[str, Any], entry: LedgerEntry | None, job_id: str, bed: Testbed) -> str | None:
    """What the simulator has seen of a submission that is unknown to its client; None if nothing accounts for it.

    An answer that was sent counts as not taken if a worker was killed right after it, or was frozen, or had no
    database to note it in.
    """
    arrived = [each["answered_at"] for each in book["submissions"] if job_of(each["prompt"]) == job_id]
    if any(answered is None for answered in arrived):
        return "it arrived, and nobody was there for the answer"
    if any(_soon(answered, at, at) for answered in arrived for at in bed.fleet.killed_at):
        return "the worker was killed right after the answer"
    if any(_soon(answered, *deaf) for answered in arrived for deaf in bed.deaf):
        return "the worker was frozen or without its database at the answer"
    sent = entry.sent_at.timestamp() if entry and entry.sent_at else None
    # The simulator notes a connection when it gets to it, which on a busy machine is later than it was opened.
    if (
        sent
        and not arrived
        and any(opened - _TAKEN_IN_SECONDS <= sent <= ended for opened, ended in book["cut"])
    ):
        return "the connection was cut before it arrived"
    return None


def _soon(answered: float, begin: float, end: float) -> bool:
    """Whether what began and ended then met an answer on its way into the ledger."""
    return begin <= answered + _TAKEN_IN_SECONDS and answered - 0.1 <= end


async def _nothing_runs(bed: Testbed, found: Audit) -> None:
    """No workflow is Running: the gate ends by itself."""

    async def running() -> list[str]:
        return [each.id async for each in bed.temporal.list_workflows("ExecutionStatus = 'Running'")]

    async def none_is() -> bool:
        return not await running()

    try:
        await eventually(none_is, seconds=_ALL_ENDED_SECONDS)
    except TimeoutError:
        found.breaches.append(f"Running still: {', '.join(await running())}")


async def _workers_leave_nothing(bed: Testbed, found: Audit) -> None:
    """Ends the workers in order; no process of theirs is left and no file."""
    try:
        await bed.fleet.stop()
    except TimeoutError:
        found.breaches.append("a worker did not end within its grace period")

    async def all_are_gone() -> bool:
        return not await asyncio.to_thread(_processes_of, bed.home)

    try:
        await eventually(all_are_gone, seconds=_WORKERS_GONE_SECONDS)
    except TimeoutError:
        found.breaches.append(f"processes are left: {_processes_of(bed.home)}")
    left = [path for path in bed.temporary_files.rglob("*") if path.name != f"dalsegno-{os.getuid()}"]
    found.demand(
        not left, f"{len(left)} temporary files are left, {', '.join(map(str, left[:3]))} among them"
    )


def _processes_of(home: Path) -> list[str]:
    """The processes that were started for this home, by what Linux tells of their environment."""
    mark = f"DALSEGNO_HOME={home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(
                    f"{process.name} {(process / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}"
                )
        except OSError:  # it has ended meanwhile
            continue
    return found
