# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""Commands about jobs that have ended without music: failed, retry, discard."""

import asyncio
import sys
import time
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD, JOB_FAILED, WRONG_INPUT, interruptible
from dalsegno.commands.output import plain, print_json, print_line, say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from dalsegno.client import MusicClient
    from dalsegno.client.dead_letters import RetryPlan
    from dalsegno.models import JobSummary

app = typer.Typer()

# Some retry is done within that time, by a worker that is there, however many were ordered.
PATIENCE_SECONDS = 30.0
NO_WORKER = "No worker answers. What is ordered now begins when one comes: python worker.py."
SLOW_WORKER = "No worker has answered for a while: it is busy, or has just ended. What is ordered stands."

# Looking for fewer takes no time worth telling.
_MANY = 100

FailedStep = Annotated[
    str | None, typer.Option("--step", metavar="S", help="Only those that failed at this step.")
]
FailureType = Annotated[
    str | None, typer.Option("--failure-type", metavar="T", help="Only those that failed of this.")
]
FailedCustomer = Annotated[str | None, typer.Option("--customer", metavar="C", help="Only this customer's.")]


@app.command()
def failed(
    step: FailedStep = None,
    failure_type: FailureType = None,
    customer: FailedCustomer = None,
    group: Annotated[bool, typer.Option("--group", help="Count them by step and type.")] = False,
    as_json: options.Json = False,
) -> int:
    """List the jobs that failed."""
    from dalsegno.commands.views import failed_table, groups_table, print_table, stdout_console

    _check_filters(step, failure_type, customer)

    async def work() -> "list[JobSummary]":
        from dalsegno.client import MusicClient

        client = await MusicClient.connect()
        found = client.failed(customer_id=customer, step=step, failure_type=failure_type, tell=say)
        return [job async for job in _looking(found)]

    jobs = interruptible(work())
    groups = Counter((job.failed_step, job.failure_type) for job in jobs).most_common() if group else []
    if as_json and group:
        print_json([{"step": at, "failure_type": of, "count": count} for (at, of), count in groups])
    elif as_json:
        print_json([job.model_dump(mode="json") for job in jobs])
    elif group and jobs:
        print_table(stdout_console(), groups_table(groups))
    elif jobs:
        print_table(stdout_console(), failed_table(jobs, datetime.now(UTC)))
    else:
        say("No failed jobs.")
    return GOOD


@app.command()
def retry(
    jobs: options.SomeJobs = None,
    every: Annotated[
        bool, typer.Option("--all", help="All failed jobs, or those that the filters leave.")
    ] = False,
    step: FailedStep = None,
    failure_type: FailureType = None,
    customer: FailedCustomer = None,
    first: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="With --all: at most so many.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run again.")] = False,
    adopt: Annotated[
        str | None,
        typer.Option(
            metavar="TASK_ID", help="After SubmissionUnknown: the provider's task that is the job's."
        ),
    ] = None,
    pay_again: Annotated[
        bool, typer.Option("--pay-again", help="Order another payment for a job whose last one is in doubt.")
    ] = False,
    as_json: options.Json = False,
) -> int:
    """Run the failed step of jobs again; they go on from there."""
    from dalsegno.commands.ids import check_task
    from dalsegno.errors import InvalidRequest

    if adopt is not None or pay_again:
        if every or len(jobs or []) != 1:
            raise InvalidRequest("--adopt and --pay-again are decided for one job at a time: name it.")
        if adopt is not None and pay_again:
            raise InvalidRequest("Either the task is there (--adopt), or another is paid for (--pay-again).")
        check_task(adopt)
    if every == bool(jobs):
        raise InvalidRequest("Name the jobs to retry, or say --all.")
    if not every and (step, failure_type, customer, first) != (None,) * 4:
        raise InvalidRequest("--step, --failure-type, --customer and --first choose among --all.")
    _check_filters(step, failure_type, customer)
    wanted = _checked(jobs or [])

    async def work() -> int:
        from dalsegno.client import MusicClient

        client = await MusicClient.connect()
        if every:
            plans = await _plan_all(client, customer, step, failure_type, first)
        else:
            plans = await _plan_some(client, wanted, adopt=adopt, pay_again=pay_again)
        return await carry_out(client, plans, named=not every, dry_run=dry_run, as_json=as_json)

    return interruptible(
        work(), said="Interrupted. What was ordered is done; the same command orders the rest."
    )


@app.command()
def discard(
    jobs: options.Jobs,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: options.Json = False,
) -> int:
    """Take failed jobs off the list for good, with what they kept."""
    from dalsegno.errors import InvalidRequest, UnreachableError

    wanted = _checked(jobs)
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidRequest("Discarding is for good, and nobody can be asked here: say --yes.")
        if not _agreed(wanted):
            say("Nothing was discarded.")
            return JOB_FAILED

    async def work() -> int:
        from dalsegno.client import MusicClient
        from dalsegno.commands.many import for_each
        from dalsegno.commands.progress import progress, stderr_console

        client = await MusicClient.connect()
        standing = [plan.job for plan in await _plan_some(client, wanted)]
        for job in standing:
            if job.status in {"running", "completed"}:
                raise InvalidRequest(
                    f"Job {job.job_id} can't be discarded: it is {job.status}. Nothing was discarded."
                )
        if not await client.worker_is_there():
            raise UnreachableError(
                "No worker answers, and only a worker can discard: start one with `python worker.py`."
            )
        with progress(stderr_console()) as show:
            await for_each(
                wanted,
                client.discard,
                lambda count: show("discarding", 100 * count / len(wanted), f"{_jobs(count)} discarded"),
            )
        if as_json:
            print_json({"discarded": wanted})
        else:
            for job_id in wanted:
                print_line(job_id)
        return GOOD

    return interruptible(work(), said="Interrupted. What was begun is done; the same command does the rest.")


def announcement(plans: "Sequence[RetryPlan]") -> list[str]:
    """What a retry does, in lines: which steps run again in how many jobs, and whether anything is paid."""
    from dalsegno.client.dead_letters import BUILTIN

    lines = []
    for steps, count in Counter(plan.steps for plan in plans).items():
        who = f"Job {plans[0].job.job_id}" if len(plans) == 1 else _jobs(count)
        verb = "runs again" if len(steps) == 1 else "run again, those that are needed"
        lines.append(f"{who}: {', '.join(steps)} {verb}.")
    paid = sorted({plan.job.provider for plan in plans} - {BUILTIN})
    if any(plan.pay_again for plan in plans):
        lines.append(f"Another generation is paid for at {', '.join(paid)}.")
    elif any(plan.adopt for plan in plans):
        lines.append(f"The task at {', '.join(paid)} is taken over; nothing is paid.")
    elif paid and any("generating" in plan.steps for plan in plans if plan.job.provider != BUILTIN):
        who = ", ".join(paid)
        lines.append(f"Made by {who}: what was paid is not paid again; what was not ordered yet is, once.")
    elif paid:
        lines.append(f"Made by {', '.join(paid)}, and kept: nothing is paid.")
    elif plans:
        lines.append("Nothing is paid: the built-in composer makes the music.")
    return lines


async def _plan_all(
    client: "MusicClient",
    customer: str | None,
    step: str | None,
    failure_type: str | None,
    first: int | None,
) -> "list[RetryPlan]":
    """Plans for all that the filters leave; ends when the first so many are found that can be retried."""
    from dalsegno.client.dead_letters import plan_retry

    plans: list[RetryPlan] = []
    possible = 0
    found = client.failed(customer_id=customer, step=step, failure_type=failure_type, tell=say)
    async with aclosing(_looking(found)) as jobs:
        async for job in jobs:
            plans.append(plan_retry(job))
            possible += not plans[-1].refusal
            if possible == first:
                break
    return plans


async def _looking(found: "AsyncIterator[JobSummary]") -> "AsyncGenerator[JobSummary]":
    """The jobs as they are found; shows how many, if they are so many that it takes its time."""
    from dalsegno.commands.progress import progress, stderr_console

    count = 0
    with progress(stderr_console()) as show:
        async for job in found:
            count += 1
            if count % _MANY == 0:
                show("looking", 0, f"{_jobs(count)} found")
            yield job


async def _plan_some(
    client: "MusicClient", jobs: list[str], *, adopt: str | None = None, pay_again: bool = False
) -> "list[RetryPlan]":
    from dalsegno.commands.many import for_each

    return await for_each(jobs, lambda job: client.plan_retry(job, adopt=adopt, pay_again=pay_again))


async def carry_out(
    client: "MusicClient", plans: "list[RetryPlan]", *, named: bool, dry_run: bool, as_json: bool
) -> int:
    """Says what is going to be done, does it, tells it. Of jobs that were `named` none may be refused."""
    possible = [plan for plan in plans if not plan.refusal]
    refused = [plan for plan in plans if plan.refusal]
    for line in announcement(possible):
        say(line)
    for plan in refused:
        say(f"Job {plan.job.job_id} can't be retried: {plan.refusal}.")
    reports = {} if dry_run else await _order(client, possible, wait=await _worker_is_there(client, possible))
    _tell(possible, refused, reports, dry_run=dry_run, as_json=as_json)
    if any(reports.values()):
        return JOB_FAILED
    if refused and named:
        return JOB_FAILED if possible else WRONG_INPUT
    return GOOD


async def _worker_is_there(client: "MusicClient", plans: "Sequence[RetryPlan]") -> bool:
    """Whether a worker can carry out the retries; says which workers are missing, for that or for what follows."""
    from dalsegno.client.dead_letters import queues_of
    from dalsegno.models import TASK_QUEUE

    needed = sorted(set().union(*map(queues_of, plans)))
    missing = await client.missing_workers(needed)
    if TASK_QUEUE in missing:
        say(NO_WORKER)
    elif missing:
        queues = " ".join(missing)
        say(
            f"No worker answers for {queues}: jobs wait there until one comes: python worker.py --queues {queues}."
        )
    return TASK_QUEUE not in missing


async def _order(client: "MusicClient", plans: "Sequence[RetryPlan]", *, wait: bool) -> dict[str, str | None]:
    """Orders the retries; returns by job id why one was not done, None where it was or will be."""
    from dalsegno.commands.many import for_each
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.errors import JobEndedError

    absent = asyncio.Event()
    if not wait:
        absent.set()
    answered_at = time.monotonic()

    async def order(plan: "RetryPlan") -> str | None:
        nonlocal answered_at
        try:
            await client.order_retry(plan, wait=False)
        except JobEndedError as error:
            return str(error)
        # Once: a decision about a payment that is ordered twice is taken for somebody else's the second time.
        while not absent.is_set():
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await client.retried(plan)
            except TimeoutError:
                # The order stands all the same. A worker that does others meanwhile is there, and has much to do.
                silent = time.monotonic() - answered_at >= PATIENCE_SECONDS
                if silent and not absent.is_set():
                    absent.set()
                    say(SLOW_WORKER if await client.worker_is_there() else NO_WORKER)
            except JobEndedError as error:
                answered_at = time.monotonic()
                return str(error)
            else:
                answered_at = time.monotonic()
                return None
        return None

    with progress(stderr_console()) as show:
        outcomes = await for_each(
            plans,
            order,
            lambda count: show("retrying", 100 * count / len(plans), f"{_jobs(count)} of {len(plans)}"),
        )
    return {plan.job.job_id: outcome for plan, outcome in zip(plans, outcomes, strict=True)}


def _tell(
    possible: "Sequence[RetryPlan]",
    refused: "Sequence[RetryPlan]",
    reports: dict[str, str | None],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    retried = [plan for plan in possible if not reports.get(plan.job.job_id)]
    broken = {job_id: message for job_id, message in reports.items() if message}
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "retried": [{"job_id": plan.job.job_id, "steps": list(plan.steps)} for plan in retried],
                "refused": [{"job_id": plan.job.job_id, "reason": plan.refusal} for plan in refused],
                "failed": [{"job_id": job_id, "message": message} for job_id, message in broken.items()],
            }
        )
        return
    for job_id, message in broken.items():
        say(f"Job {job_id} was not retried: {message}")
    for plan in retried:
        print_line(plan.job.job_id)
    if not possible and not refused:
        say("No failed jobs.")


def _agreed(jobs: list[str]) -> bool:
    named = f"job {jobs[0]}" if len(jobs) == 1 else _jobs(len(jobs))
    print(plain(f"Discard {named} for good, with what was kept? [y/N] "), end="", file=sys.stderr, flush=True)  # noqa: T201 - a question is no result
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _checked(jobs: list[str]) -> list[str]:
    """The ids, each once."""
    from dalsegno.commands.ids import check_job

    for job in jobs:
        check_job(job)
    return list(dict.fromkeys(jobs))


def _check_filters(step: str | None, failure_type: str | None, customer: str | None) -> None:
    from dalsegno.commands.ids import check_customer, check_failure_type, check_step

    check_step(step)
    check_failure_type(failure_type)
    check_customer(customer)


def _jobs(count: int) -> str:
    return f"{count:,} job{'' if count == 1 else 's'}"
