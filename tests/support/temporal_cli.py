"""The plain Temporal CLI, as an operator uses it."""

import asyncio
import sys
from pathlib import Path

from dalsegno.runtime.server import EmbeddedServer


async def temporal_cli(server: EmbeddedServer, *arguments: str) -> str:
    """Runs a command that must succeed, and returns what it prints."""
    binary = Path(sys.executable).parent / "temporal"
    process = await asyncio.create_subprocess_exec(
        binary,
        *arguments,
        "--address",
        server.address,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
