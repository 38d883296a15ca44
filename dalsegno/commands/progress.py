# ruff: noqa: PLC0415 - rich is slow to load
"""How far a job is, live on stderr: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dalsegno.commands.output import plain

if TYPE_CHECKING:
    from rich.console import Console

# Told the step, the progress (0..100) and what is being done.
Show = Callable[[str, float, str], None]

# Without a terminal, progress within a step is told in strides, in percent: logs stay short.
STRIDE = 10


def stderr_console() -> "Console":
    """A console on stderr that takes text as it is: no markup, no highlighting."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


@contextmanager
def progress(console: "Console", *, elapsed: float = 0.0) -> Iterator[Show]:
    """Shows progress as long as the context lasts.

    Args:
        console: where to.
        elapsed: seconds that have gone by before.
    """
    if console.is_terminal:
        with _bar(console, elapsed) as show:
            yield show
    else:
        yield _lines(console)


@contextmanager
def _bar(console: "Console", elapsed: float) -> Iterator[Show]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    message = TextColumn(
        "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
    )
    columns = (BarColumn(bar_width=18), TaskProgressColumn(), TimeElapsedColumn(), message)
    with Progress(*columns, console=console, transient=True, expand=True) as bar:
        task = bar.add_task("", total=100)
        bar.tasks[0].start_time = time.monotonic() - elapsed

        def show(step: str, percent: float, words: str) -> None:
            bar.update(task, completed=percent, description=plain(words or step))

        yield show


def _lines(console: "Console") -> Show:
    last_step, last_percent = "", 0.0

    def show(step: str, percent: float, words: str) -> None:
        nonlocal last_step, last_percent
        if step != last_step or percent - last_percent >= STRIDE or percent == 100 > last_percent:
            last_step, last_percent = step, percent
            console.print(plain(f"{percent:3.0f} %  {step}: {words}"), soft_wrap=True)

    return show
