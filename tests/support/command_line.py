"""The command line as a process, on a test's own server and home."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a call of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


async def command_line(address: str, home: Path, *arguments: str, **settings: str) -> Ended:
    """Runs `python starter.py …` to its end, without a terminal, beside whatever else goes on.

    `settings` are environment variables.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "starter.py",
        *arguments,
        env=os.environ
        | settings
        | {"TEMPORAL_ADDRESS": address, "DALSEGNO_HOME": str(home), "NO_COLOR": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
