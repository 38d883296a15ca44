"""What is told while it runs, and at the end."""

import sys
import time

_BEGAN = time.monotonic()


def say(line: str) -> None:
    """A line with the seconds since the beginning, shown at once."""
    sys.stdout.write(f"{time.monotonic() - _BEGAN:7.1f} s  {line}\n")
    sys.stdout.flush()


def table(title: str, rows: dict[str, object]) -> None:
    """A table of two columns."""
    width = max(map(len, rows))
    lines = [f"{name:<{width}}  {figure}" for name, figure in rows.items()]
    sys.stdout.write("\n".join(["", title, "-" * len(title), *lines, "", ""]))
    sys.stdout.flush()
