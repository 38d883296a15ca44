# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""Commands about jobs: start, status, watch, list, fetch, links, cancel."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD, JOB_FAILED, interruptible
from dalsegno.commands.output import print_json, print_line, program, say

if TYPE_CHECKING:
    from dalsegno.client import JobHandle
    from dalsegno.models import JobStatus, JobSummary

app = typer.Typer()

# A list without a limit could be endless.
MOST_LISTED = 50
# In seconds: what the signature of a link allows.
LONGEST_LINK = 7 * 24 * 60 * 60


@app.command()
def start(
    customer: options.Customer = None,
    duration: options.Duration = None,
    mood: options.Mood = None,
    prompt: options.Prompt = None,
    instruments: options.Instruments = None,
    youtube: options.Youtube = None,
    reference_audio: options.ReferenceAudio = None,
    transcript: options.Transcript = None,
    provider: options.Provider = None,
    seed: options.Seed = None,
    stems: options.Stems = False,
    job_id: options.JobId = None,
    request: options.RequestFile = None,
    wait: Annotated[bool, typer.Option("--wait", help="Show the progress and end with the job.")] = False,
    as_json: options.Json = False,
) -> int:
    """Start a job; print its id."""
    from dalsegno.commands.wishes import request_of

    wanted = request_of(
        {
            "customer_id": customer,
            "duration": duration,
            "mood": mood,
            "prompt": prompt,
            "youtube_url": youtube,
            "reference_audio": reference_audio,
            "provider": provider,
            "seed": seed,
            "stems": stems,
            "job_id": job_id,
        },
        instruments=instruments,
        transcript=transcript,
        request_file=request,
    )

    async def work() -> int:
        from dalsegno.client import MusicClient

        client = await MusicClient.connect()
        job = await client.start(wanted)
        if job.already_there:
            say(f"Job {job.id} was there already, from the same request.")
        if not as_json:
            print_line(job.id)
        elif not wait:
            print_json({"job_id": job.id, "already_there": job.already_there})
        if not wait:
            return GOOD
        return show_end(await follow(job), as_json=as_json)

    return interruptible(work(), said=f"Interrupted. A job that has started goes on: see {program()} list.")


@app.command()
def status(job: options.Job, as_json: options.Json = False) -> int:
    """Show where a job is.

    Ends with 1 if the job failed or was cancelled.
    """

    async def work() -> "JobStatus":
        return await (await _reach(job)).status()

    return show_end(interruptible(work()), as_json=as_json)


@app.command()
def watch(job: options.Job, as_json: options.Json = False) -> int:
    """Show a job's progress until it ends.

    With --json that is a line at each change. Ends with 1 if the job failed or was cancelled.
    """

    async def work() -> int:
        handle = await _reach(job)
        if not as_json:
            return show_end(await follow(handle), as_json=False)
        code = GOOD
        async for now in handle.watch():
            print_json(now.model_dump(mode="json"))
            code = code_of(now)
        return code

    return interruptible(work(), said=f"Interrupted. Job {job} goes on: see {program()} watch {job}.")


@app.command("list")
def list_jobs(
    customer: Annotated[str | None, typer.Option(metavar="C", help="Only this customer's.")] = None,
    status: Annotated[
        Literal["running", "completed", "failed", "cancelled"] | None,
        typer.Option(help="Only those that stand so."),
    ] = None,
    step: Annotated[str | None, typer.Option(metavar="S", help="Only those at this step.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many.")] = MOST_LISTED,
    as_json: options.Json = False,
) -> int:
    """List jobs, newest first."""
    from dalsegno.commands.ids import check_customer, check_step
    from dalsegno.commands.views import jobs_table, print_table, stdout_console

    check_customer(customer)
    check_step(step)

    async def work() -> "list[JobSummary]":
        from dalsegno.client import MusicClient

        client = await MusicClient.connect()
        found = client.list(customer_id=customer, status=status, step=step, limit=limit)
        return [job async for job in found]

    jobs = interruptible(work())
    if as_json:
        print_json([job.model_dump(mode="json") for job in jobs])
    elif jobs:
        print_table(stdout_console(), jobs_table(jobs, datetime.now(UTC)))
    else:
        say("No such jobs.")
    return GOOD


@app.command()
def fetch(job: options.Job, to: options.To, as_json: options.Json = False) -> int:
    """Download all that a job published."""
    from dalsegno.commands.files import filled
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.deliverables.names import METADATA

    async def work() -> int:
        handle = await _reach(job)
        with filled(to, last=METADATA) as folder, progress(stderr_console()) as show:
            fetched = await handle.fetch(
                folder, lambda fraction, words: show("fetching", 100 * fraction, words)
            )
        paths = [to / path.relative_to(folder) for path in fetched]
        if as_json:
            print_json({"job_id": job, "folder": str(to), "files": [str(path) for path in paths]})
        else:
            for path in paths:
                print_line(str(path))
        return GOOD

    return interruptible(work(), said=f"Interrupted. {program()} fetch {job} begins anew.")


@app.command()
def links(
    job: options.Job,
    expires: Annotated[
        int, typer.Option("--expires", metavar="S", min=1, max=LONGEST_LINK, help="Seconds, up to 7 days.")
    ] = 3_600,
    as_json: options.Json = False,
) -> int:
    """Print links to all that a job published.

    Whoever has such a link can fetch the file until it expires.
    """

    async def work() -> int:
        found = await (await _reach(job)).links(timedelta(seconds=expires))
        if as_json:
            print_json({"job_id": job, "expires_seconds": expires, "links": found})
        else:
            for link in found.values():
                print_line(link)
        return GOOD

    return interruptible(work())


@app.command()
def cancel(job: options.Job, as_json: options.Json = False) -> int:
    """Stop a job at whatever step it is."""

    async def work() -> int:
        await (await _reach(job)).cancel()
        if as_json:
            print_json({"job_id": job})
        else:
            say(f"Job {job} is being cancelled.")
        return GOOD

    return interruptible(work())


async def _reach(job: str) -> "JobHandle":
    from dalsegno.client import MusicClient
    from dalsegno.commands.ids import check_job

    check_job(job)
    return (await MusicClient.connect()).job(job)


async def follow(job: "JobHandle") -> "JobStatus":
    """Shows a job's progress on stderr until it ends; returns its last status."""
    from dalsegno.commands.progress import progress, stderr_console

    changes = job.watch()
    last = await anext(changes)
    if last.status != "running":
        return last
    begun = [step.started_at for step in last.steps if step.started_at]
    elapsed = (datetime.now(UTC) - min(begun)).total_seconds() if begun else 0.0
    with progress(stderr_console(), elapsed=elapsed) as show:
        show(last.step, last.progress, last.message)
        async for last in changes:
            if last.last_error:
                show(f"{last.step}, retrying", last.progress, last.last_error)
            else:
                show(last.step, last.progress, last.message)
    return last


def show_end(status: "JobStatus", *, as_json: bool) -> int:
    """Prints a status as a result; returns the exit code that it stands for."""
    if as_json:
        print_json(status.model_dump(mode="json"))
    else:
        from dalsegno.commands.views import print_status, stdout_console

        embedded = embedded_address() if status.failure else None
        print_status(stdout_console(), status, datetime.now(UTC), embedded=embedded)
    return code_of(status)


def code_of(status: "JobStatus") -> int:
    """1 for a job that failed or was cancelled, else 0."""
    return JOB_FAILED if status.status in {"failed", "cancelled"} else GOOD


def embedded_address() -> str | None:
    """The embedded server's address, unless the environment names another server."""
    from dalsegno.runtime.stack_state import running_stack
    from dalsegno.settings import load_settings, temporal_address_is_set

    stack = None if temporal_address_is_set() else running_stack(load_settings().resolved_home)
    return stack.temporal_address if stack else None
