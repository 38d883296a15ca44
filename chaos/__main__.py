"""Runs one part: `python -m chaos {points,kills,frozen,gate} --seed 1`; `make chaos` runs them all.

Exits 1 if a promise was broken. Linux only: it is asked for the processes that are left.
"""

import argparse
import asyncio
import sys

from chaos.frozen import frozen
from chaos.gate import gate
from chaos.kills import kills
from chaos.points import points
from chaos.progress import say
from chaos.testbed import LEDGERS

PARTS = {"points": points, "kills": kills, "frozen": frozen, "gate": gate}


async def run(part: str, seed: int) -> int:
    """Runs a part on each ledger; returns the exit code."""
    breaches = 0
    for ledger in LEDGERS:
        say(f"{part}, ledger on {ledger}, seed {seed}")
        breaches += (await PARTS[part](ledger, seed)).show(f"{part}, ledger on {ledger}, seed {seed}")
    return min(breaches, 1)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description="Kills workers and audits what came of it."
    )
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--seed", type=int, required=True, help="what random times and choices come from")
    given = parser.parse_args()
    return asyncio.run(run(given.part, given.seed))


if __name__ == "__main__":
    sys.exit(main())
