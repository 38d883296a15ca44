"""Dal Segno's programs, run as a user runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Home:
    """A home of its own, and the programs that run in it."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the programs run."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        return kept | {"DALSEGNO_HOME": str(self.path), "NO_COLOR": "1"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts `python starter.py …`."""
        return subprocess.Popen(
            [sys.executable, ROOT / "starter.py", *arguments],
            env=self.environment,
            cwd=self.path.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs `python starter.py …` to its end."""
        return subprocess.run(
            [sys.executable, ROOT / "starter.py", *arguments],
            env=self.environment,
            cwd=self.path.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """Runs a command that must succeed, and returns its JSON document."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def up(self) -> "Iterator[tuple[subprocess.Popen[str], dict[str, str]]]":
        """The embedded stack, ready, as long as the block runs; gone after it."""
        process = self.start("up", "--json")
        assert process.stdout
        line = process.stdout.readline()
        try:
            if not line:
                raise AssertionError(process.communicate()[1])
            yield process, json.loads(line)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=40)
            wait_until(lambda: not self.processes())

    def processes(self) -> list[int]:
        """Processes whose environment names this home: all that the stack has started."""
        marker = f"DALSEGNO_HOME={self.path}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def children_named(self, part: str) -> list[int]:
        """Those of the processes whose command line holds `part`, guards aside."""
        found = []
        for pid in self.processes():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if part in command and "guard.py" not in command:
                found.append(pid)
        return found


def wait_until(condition: Callable[[], bool], seconds: float = 40) -> None:
    """Waits until the condition holds; fails if it doesn't within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
