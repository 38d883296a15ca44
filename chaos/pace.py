"""What kills cost: the same jobs with and without a worker killed every three seconds, in turn, three times each."""

import asyncio
import statistics
import time
from random import Random

from chaos.audit import Audit, audit
from chaos.crew import Crew
from chaos.ending import drain
from chaos.progress import say
from chaos.testbed import LedgerKind, set_up

JOBS = 200
WORKERS = 3
# As many tasks at once as three workers with three jobs each had in flight.
CONCURRENCY = 9
TASK_SECONDS = 2.0
KILL_EVERY_SECONDS = 3.0
ROUNDS = 3
# What kills may do: so much longer, in the median; and so many jobs whose payment nobody knows of.
LONGEST_RATIO = 2.0
UNKNOWN_AT_MOST = 0.03
_UNKNOWN = "jobs failed, SubmissionUnknown"


async def pace(ledger: LedgerKind, seed: int, jobs: int = JOBS, rounds: int = ROUNDS) -> Audit:
    """Runs the jobs quietly and under kills, in turn; the figures of all runs, and the median of the ratios."""
    random = Random(f"{seed} {ledger}")  # noqa: S311  # the same again by its seed
    together, ratios = Audit(), []
    for number in range(1, rounds + 1):
        quiet, quiet_found = await _run(ledger, jobs, random, under_kills=False)
        killed, killed_found = await _run(ledger, jobs, random, under_kills=True)
        ratios.append(killed / quiet)
        for name, found in (("quiet", quiet_found), ("killed", killed_found)):
            together.breaches += [f"round {number}, {name}: {breach}" for breach in found.breaches]
            unknown = sum(
                count
                for each, count in found.figures.items()
                if each.startswith(_UNKNOWN) and isinstance(count, int)
            )
            together.demand(
                unknown <= UNKNOWN_AT_MOST * jobs,
                f"round {number}, {name}: {unknown} jobs are SubmissionUnknown",
            )
        for name in ("workers killed", "jobs completed", "payments", "payments a job, at most"):
            together.figures[f"{number}: {name}"] = killed_found.figures.get(name, 0)
        together.figures |= {
            f"{number}: {name}": count
            for name, count in killed_found.figures.items()
            if name.startswith(_UNKNOWN)
        }
        together.figures[f"{number}: seconds, quiet and killed"] = f"{quiet:.0f} and {killed:.0f}"
    median = statistics.median(ratios)
    together.figures["times as long under kills, median"] = f"{median:.2f} of {LONGEST_RATIO}"
    together.demand(median <= LONGEST_RATIO, f"kills make it {median:.2f} times as long")
    return together


async def _run(ledger: LedgerKind, jobs: int, random: Random, *, under_kills: bool) -> tuple[float, Audit]:
    """Seconds from the first start to the last end, and the audit."""
    async with set_up(ledger, task_seconds=TASK_SECONDS, concurrency=CONCURRENCY) as bed:
        crew = Crew(bed, random)
        await crew.begin(WORKERS)
        began = time.monotonic()
        killing = asyncio.create_task(_kill(crew)) if under_kills else None
        await asyncio.gather(*(bed.start(f"pace-{number:03}") for number in range(1, jobs + 1)))
        say(f"{jobs} jobs begun")
        await drain(bed)
        seconds = time.monotonic() - began
        if killing:
            killing.cancel()
            await asyncio.wait({killing})
        say(f"{seconds:.0f} s {'under kills' if under_kills else 'quietly'}")
        return seconds, await audit(bed)


async def _kill(crew: Crew) -> None:
    """Kills a worker every few seconds, and replaces it at once."""
    while True:
        await asyncio.sleep(KILL_EVERY_SECONDS)
        # Not to be torn by the end: a worker that nobody knows of would stay.
        await asyncio.shield(crew.lose())
