"""What the simulator of Mureka knows: its tasks, what it billed, how many were in flight, the faults it was ordered."""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Place = Literal["submit", "query", "billing", "download", "task"]

# What can be wrong with an exchange, at `submit`, `query`, `billing` and `download`.
EXCHANGE_FAULTS = ("status", "slow", "hang", "cut", "malformed", "missing", "redirect", "raw")
# What can be wrong with a file besides, at `download`.
FILE_FAULTS = (
    "truncated",
    "short",
    "html",
    "empty",
    "endless",
    "oversized",
    "stall",
    "trickle",
    "unframed",
    "piped",
    "piped_unframed",
)
# What becomes of a task, at `task`: decided when it is accepted.
FATES = (
    "failed",
    "timeouted",
    "cancelled",
    "stuck",
    "odd_status",
    "half",
    "quadruple",
    "silent_tail",
    "no_choices",
    "no_addresses",
    "only_flac",
    "only_mp3",
)

# The least and the most that a real piece lasts, in seconds.
SHORTEST_PIECE, LONGEST_PIECE = 1.0, 300.0
DEFAULT_PIECE = 30.0


@dataclass
class Fault:
    """A fault to order: the next exchange at a place that fits takes it.

    Attributes:
        at: where.
        kind: one of EXCHANGE_FAULTS, FILE_FAULTS or FATES.
        times: how often; -1: for ever.
        match: only where this is part of the prompt (`submit`, `task`) or of the path.
        status: of `status` and `raw`.
        message: of `status`: the error's message; of `raw`: the whole body; of `failed`: the reason.
        seconds: how long `slow` waits before it goes on as usual.
        accepted: at `submit`: the task is accepted and billed before things go wrong.
        field: what `missing` leaves out.
        location: where `redirect` leads.
    """

    at: Place
    kind: str
    times: int = 1
    match: str = ""
    status: int = 500
    message: str = "Something went wrong."
    seconds: float = 0.0
    accepted: bool = False
    field: str = ""
    location: str = ""

    def __post_init__(self) -> None:
        kinds = FATES if self.at == "task" else EXCHANGE_FAULTS
        if self.kind not in (*kinds, *(FILE_FAULTS if self.at == "download" else ())):
            raise ValueError(f"There is no fault {self.kind!r} at {self.at!r}.")


@dataclass
class Submission:
    """One request that arrived whole.

    Attributes:
        task_id: None if it was not accepted.
        answered_at: when the whole answer was sent; None if it wasn't, or the client was gone by then.
    """

    received_at: float
    prompt: str
    task_id: str | None = None
    answered_at: float | None = None


@dataclass
class Task:
    """A task that was accepted, and billed."""

    task_id: str
    prompt: str
    model: str
    tracks: int
    at: float
    began: float
    fate: Fault | None

    @property
    def piece_seconds(self) -> float:
        """How long its music is: as the prompt asks, unless its fate is another."""
        asked = re.search(r"Duration: ([0-9.]+) seconds", self.prompt)
        factor = {"half": 0.5, "quadruple": 4.0}.get(self.kind, 1.0)
        seconds = float(asked[1]) if asked else DEFAULT_PIECE
        return min(max(factor * seconds, SHORTEST_PIECE), LONGEST_PIECE)

    @property
    def silent_seconds(self) -> float:
        """How much of its end is silent."""
        return self.piece_seconds / 2 if self.kind == "silent_tail" else 0.0

    @property
    def kind(self) -> str:
        """Its fate's name, empty if it has none."""
        return self.fate.kind if self.fate else ""


@dataclass
class Book:
    """All of it.

    Attributes:
        seconds: how long a task takes.
        limit: how many tasks may be in flight.
        exchanges: how many have ended, by what was asked for.
        downloads: the tasks whose files were asked for.
        cut: when the connections were opened and ended that brought no whole request.
    """

    seconds: float
    limit: int
    clock: Callable[[], float] = time.monotonic
    tasks: dict[str, Task] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    max_in_flight: int = 0
    busy_answers: int = 0
    exchanges: dict[str, int] = field(default_factory=dict)
    downloads: list[str] = field(default_factory=list)
    cut: list[tuple[float, float]] = field(default_factory=list)

    def take_fault(self, at: Place, subject: str) -> Fault | None:
        """The first fault that was ordered for this, used up by one."""
        for fault in self.faults:
            if fault.at == at and fault.match in subject and fault.times:
                fault.times -= fault.times > 0
                return fault
        return None

    @property
    def in_flight(self) -> int:
        """Tasks that have not ended."""
        return sum(self.status(task) in {"preparing", "queued", "running"} for task in self.tasks.values())

    def accept(self, prompt: str, model: str, tracks: int) -> Task:
        """Accepts and bills a task."""
        task = Task(
            task_id=str(1_436_211 + len(self.tasks)),
            prompt=prompt,
            model=model,
            tracks=tracks,
            at=time.time(),
            began=self.clock(),
            fate=self.take_fault("task", prompt),
        )
        self.tasks[task.task_id] = task
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        return task

    def status(self, task: Task) -> str:
        """How a task stands by now."""
        age = self.clock() - task.began
        if age >= self.seconds and task.kind != "stuck":
            if task.kind == "odd_status":
                return "dreaming"
            return task.kind if task.kind in {"failed", "timeouted", "cancelled"} else "succeeded"
        if age < 0.1 * self.seconds:
            return "preparing"
        return "queued" if age < 0.3 * self.seconds else "running"

    def told(self) -> dict[str, Any]:
        """The book as JSON."""
        return {
            "billed": [
                {"task_id": task.task_id, "at": task.at, "prompt": task.prompt, "model": task.model}
                | {"tracks": task.tracks, "status": self.status(task)}
                for task in self.tasks.values()
            ],
            "submissions": [asdict(submission) for submission in self.submissions],
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "busy_answers": self.busy_answers,
            "exchanges": self.exchanges,
            "downloads": self.downloads,
            "cut": self.cut,
            "faults": [asdict(fault) for fault in self.faults if fault.times],
        }
