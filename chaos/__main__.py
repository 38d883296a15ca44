"""Runs one part: `python -m chaos PART --seed 1`; `make chaos` runs them all.

Exits 1 if a promise was broken. Linux only: it is asked for the processes that are left.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from chaos.audit import Audit
from chaos.everything import everything
from chaos.frozen import frozen
from chaos.gate import gate
from chaos.kills import kills
from chaos.pace import pace
from chaos.points import points
from chaos.progress import say
from chaos.testbed import LEDGERS, LedgerKind

PARTS: dict[str, tuple[Callable[[LedgerKind, int], Awaitable[Audit]], Sequence[LedgerKind]]] = {
    "points": (points, LEDGERS),
    "kills": (kills, LEDGERS),
    "frozen": (frozen, LEDGERS),
    "gate": (gate, LEDGERS),
    "pace": (pace, ["postgresql"]),
    "everything": (everything, ["postgresql"]),
}


async def run(part: str, seed: int, minutes: float | None) -> int:
    """Runs a part on each of its ledgers; returns the exit code."""
    do, ledgers = PARTS[part]
    breaches = 0
    for ledger in ledgers:
        say(f"{part}, ledger on {ledger}, seed {seed}")
        found = await (do(ledger, seed) if minutes is None else everything(ledger, seed, minutes))
        breaches += found.show(f"{part}, ledger on {ledger}, seed {seed}")
    return min(breaches, 1)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description="Kills workers and audits what came of it."
    )
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--seed", type=int, required=True, help="what random times and choices come from")
    parser.add_argument("--minutes", type=float, help="how long everything goes on (10)")
    given = parser.parse_args()
    if given.minutes is not None and given.part != "everything":
        parser.error("--minutes is for everything; the other parts end by themselves")
    return asyncio.run(run(given.part, given.seed, given.minutes))


if __name__ == "__main__":
    sys.exit(main())
