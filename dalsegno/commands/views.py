# ruff: noqa: PLC0415 - rich is slow to load
"""Jobs and scenes as people read them, on a terminal of 60 columns or more."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dalsegno.commands.output import plain, program

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from dalsegno.models import JobStatus, JobSummary, ReferenceSong, SceneContext, StepStatus

# A file or a pipe has no width: lines are left whole there.
UNLIMITED_WIDTH = 500


def stdout_console() -> "Console":
    """A console on stdout that takes text as it is: no markup, no highlighting."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = UNLIMITED_WIDTH
    return console


def span(seconds: float, *, units: int = 2) -> str:
    """A length of time in its two largest units, or in the largest: `42 s`, `3 min 5 s`, `4 d 1 h`."""
    whole = int(max(seconds, 0))
    for size, unit, smaller_size, smaller in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest and units > 1 else "")
    return f"{whole} s"


def clock(seconds: float) -> str:
    """A place in the video: `1:15`, or `1:02:30` beyond the hour."""
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def print_table(console: "Console", table: "Table") -> None:
    """Prints a table without the spaces that fill up its last column."""
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.file.write(f"{line.rstrip()}\n")


def print_status(
    console: "Console", status: "JobStatus", now: datetime, *, embedded: str | None = None
) -> None:
    """Prints where a job is, what it found out, and how it goes on.

    Args:
        console: where to.
        status: what is printed.
        now: what running times are counted to.
        embedded: the address of the embedded server, where the job is on it: Temporal's own command line has to
            be told.
    """
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for label, text in _facts(status, now):
        facts.add_row(label, plain(text))
    print_table(console, facts)
    if status.failure and status.failure.reset_command:
        console.print("To run the failed step again:")
        # Never wrapped: they are there to be copied.
        console.print(f"{program()} retry {plain(status.job_id)}", soft_wrap=True)
        console.print("or with Temporal's own command line:")
        if embedded:
            console.print(f"export TEMPORAL_ADDRESS={embedded}", soft_wrap=True)
        console.print(plain(status.failure.reset_command), soft_wrap=True)


def _facts(status: "JobStatus", now: datetime) -> Iterable[tuple[str, str]]:
    yield "Job", status.job_id
    yield "Customer", status.customer_id
    if status.status == "running":
        yield "Status", f"running, {status.step}, {status.progress:.0f} %"
    else:
        yield "Status", status.status
    told = status.failure.message if status.failure else None  # at its own place, and once
    if status.message and status.message != told:
        yield "", status.message
    if status.last_error:
        yield "Retrying", status.last_error
    for number, step in enumerate(status.steps):
        yield ("" if number else "Steps"), _step(step, now, told)
    if status.scene_context:
        yield "Scenes", _scene_facts(status.scene_context)
    if status.reference_song and status.reference_song.method != "none":
        yield "Reference", _reference(status.reference_song)
    if status.failure:
        yield "Failure", f"{status.failure.type} at {status.failure.step}: {status.failure.message}"
    if status.result:
        yield "Title", status.result.title
        yield "Length", f"{clock(status.result.duration)}, made by {status.result.provider}"
        yield "Took", span(status.result.elapsed)
        keys = [stored.key for stored in status.result.objects.values()]
        for number, key in enumerate(keys):
            yield ("" if number else "Files"), key


def _step(step: "StepStatus", now: datetime, told: str | None) -> str:
    parts = [f"{step.name:<12}{step.state}"]
    if step.started_at and step.state != "skipped":
        parts.append(span(((step.finished_at or now) - step.started_at) / timedelta(seconds=1)))
    if step.note and step.note != told:
        parts.append(step.note)
    return ", ".join(parts)


def _scene_facts(context: "SceneContext") -> str:
    count = f"{context.scene_count} scene{'' if context.scene_count == 1 else 's'}"
    return f"{count}, average energy {context.average_energy:.0f}. {context.summary}"


def _reference(song: "ReferenceSong") -> str:
    name = " by ".join(part for part in (song.title, song.artist) if part)
    tempo = f"{song.bpm:.0f} bpm" if song.bpm else None
    return ", ".join(part for part in (name, tempo, song.key, song.mood) if part)


def jobs_table(jobs: Sequence["JobSummary"], now: datetime) -> "Table":
    """Jobs as a table, one a line where the ids are short enough. Ids are folded, never cut: they are copied."""
    from rich.table import Table

    # So narrow that an id of 32 characters, which is what a job gets by itself, fits on a line of 60.
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("JOB", overflow="fold")
    table.add_column("CUSTOMER", overflow="fold")
    table.add_column("STATUS", overflow="fold")
    table.add_column("AGE", no_wrap=True, justify="right")
    for job in jobs:
        age = (now - job.started_at) / timedelta(seconds=1)
        table.add_row(plain(job.job_id), plain(job.customer_id), _state(job), span(age, units=1))
    return table


def _state(job: "JobSummary") -> str:
    """A running job by its step, a failed one by where and of what it failed."""
    if job.status == "running":
        return plain(job.step)
    if job.failed_step and job.failure_type:
        return f"{job.status}\n{plain(job.failed_step)}\n{plain(job.failure_type)}"
    return job.status


def failed_table(jobs: Sequence["JobSummary"], now: datetime) -> "Table":
    """Failed jobs as a table, two lines a job: who and since when, where and of what."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("JOB", overflow="fold")
    table.add_column("FAILED", overflow="fold")
    for job in jobs:
        age = (now - (job.closed_at or job.started_at)) / timedelta(seconds=1)
        table.add_row(
            f"{plain(job.job_id)}\n  {plain(job.customer_id)}, {span(age, units=1)} ago",
            f"{plain(job.failed_step or job.step)}\n{plain(job.failure_type or '')}",
        )
    return table


def groups_table(groups: Sequence[tuple[tuple[str | None, str | None], int]]) -> "Table":
    """How many jobs failed at each step, and of what."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("JOBS", justify="right", no_wrap=True)
    table.add_column("STEP", no_wrap=True)
    table.add_column("FAILURE", overflow="fold")
    for (step, failure_type), count in groups:
        table.add_row(f"{count:,}", plain(step or ""), plain(failure_type or ""))
    return table


def scenes_table(context: "SceneContext") -> "Table":
    """The scenes as a table."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("FROM", "TO"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("MOOD", no_wrap=True)
    table.add_column("ENERGY", justify="right", no_wrap=True)
    for scene in context.scenes:
        table.add_row(clock(scene.start), clock(scene.end), scene.mood, f"{scene.energy:.0f}")
    return table
