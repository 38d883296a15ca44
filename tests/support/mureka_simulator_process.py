"""The simulator of Mureka as a process of its own, for tests that kill others."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from tests.support.mureka_simulator_book import Fault

ROOT = Path(__file__).parents[2]


class SimulatorProcess:
    """A simulator that runs elsewhere."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def book(self) -> dict[str, Any]:
        """What it knows: see `Book.told`."""
        found: dict[str, Any] = (await self._request("GET", "book")).json()
        return found

    async def order(self, *faults: Fault) -> None:
        """Orders faults."""
        await self._request("POST", "faults", [asdict(fault) for fault in faults])

    async def forget_orders(self) -> None:
        """Takes back the faults that are left."""
        await self._request("DELETE", "faults")

    async def _request(self, method: str, path: str, document: object = None) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.request(method, f"{self.base_url}/_control/{path}", json=document)
        return answer.raise_for_status()


@asynccontextmanager
async def simulator_process(
    *, seconds: float = 2.0, limit: int = 1, submit_seconds: float = 0.0
) -> AsyncIterator[SimulatorProcess]:
    """Starts one, and ends it."""
    options = {"--port": 0, "--seconds": seconds, "--limit": limit, "--submit-seconds": submit_seconds}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.mureka_simulator"),
        *(str(part) for option in options.items() for part in option),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        yield SimulatorProcess(json.loads(line)["base_url"])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
