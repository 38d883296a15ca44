import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from dalsegno.commands.views import clock, jobs_table, print_status, print_table, scenes_table, span
from dalsegno.models import (
    Failure,
    JobStatus,
    JobSummary,
    MusicResult,
    ReferenceSong,
    Scene,
    SceneContext,
    StepStatus,
    StoredObject,
)

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
CONTEXT = SceneContext(
    dominant_mood="epic",
    average_energy=71.6,
    scene_count=2,
    summary="Opens calm, then turns epic.",
    scenes=[
        Scene(start=0.0, end=75.0, mood="calm", energy=20.0),
        Scene(start=75.0, end=3_725.0, mood="epic", energy=90.4),
    ],
)
RUNNING = JobStatus(
    job_id="demo-1",
    customer_id="acme",
    status="running",
    step="generating",
    progress=42.4,
    message="Rendering strings",
    last_error="ProviderBusy: The provider asks to slow down.",
    steps=[
        StepStatus(
            name="analyzing",
            state="done",
            started_at=NOW - timedelta(seconds=20),
            finished_at=NOW - timedelta(seconds=15),
            note="12 lines after 180 s were left out",
        ),
        StepStatus(name="generating", state="running", started_at=NOW - timedelta(seconds=15)),
        StepStatus(name="uploading", state="pending"),
    ],
    scene_context=CONTEXT,
    reference_song=ReferenceSong(title="Song", artist="Band", bpm=92.3, key="A minor", method="catalog"),
)
COMMAND = "temporal workflow reset --workflow-id demo-1 --run-id 0123 --event-id 27 --reason 'the step again' --more"


def printed(status: JobStatus, width: int = 60, embedded: str | None = None) -> list[str]:
    """The lines of a status."""
    console = Console(width=width, file=io.StringIO(), markup=False, highlight=False)
    print_status(console, status, NOW, embedded=embedded)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_running_job_shows_where_it_is_within_60_columns() -> None:
    """Step, progress, message, what is retried, the steps with their times, scenes and reference."""
    lines = printed(RUNNING)
    text = " ".join(" ".join(lines).split())

    assert max(map(len, lines)) <= 60
    assert "running, generating, 42 %" in text
    assert "Rendering strings" in text
    assert "Retrying ProviderBusy: The provider asks to slow down." in text
    assert "analyzing done, 5 s, 12 lines after 180 s were left out" in text
    assert "generating running, 15 s" in text
    assert "uploading pending" in text
    assert "2 scenes, average energy 72. Opens calm, then turns epic." in text
    assert "Song by Band, 92 bpm, A minor" in text


def test_a_failed_job_shows_the_reset_command_on_a_line_of_its_own() -> None:
    """The command is never wrapped: it is there to be copied."""
    failure = Failure(step="generating", type="ProviderBusy", message="Too busy.", reset_command=COMMAND)
    lines = printed(RUNNING.model_copy(update={"status": "failed", "failure": failure}))

    assert COMMAND in lines
    assert any(
        line.startswith("Failure") and "ProviderBusy at generating: Too busy." in line for line in lines
    )


def test_the_way_on_is_our_command_first_and_temporal_s_with_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Temporal's own command line finds an embedded server by its address alone."""
    monkeypatch.setattr("sys.argv", ["dalsegno"])
    failure = Failure(step="generating", type="ProviderBusy", message="Too busy.", reset_command=COMMAND)
    failed = RUNNING.model_copy(update={"status": "failed", "failure": failure})

    assert "export" not in "".join(printed(failed))
    assert printed(failed, embedded="127.0.0.1:7233")[-5:] == [
        "To run the failed step again:",
        "dalsegno retry demo-1",
        "or with Temporal's own command line:",
        "export TEMPORAL_ADDRESS=127.0.0.1:7233",
        COMMAND,
    ]


def test_a_failure_is_told_once() -> None:
    """The workflow puts its sentence into the message and the step's note as well."""
    failure = Failure(step="generating", type="ProviderBusy", message="Too busy.")
    step = StepStatus(name="generating", state="failed", note="Too busy.")
    failed = RUNNING.model_copy(
        update={"status": "failed", "failure": failure, "message": "Too busy.", "steps": [step]}
    )

    assert " ".join(printed(failed)).count("Too busy.") == 1


def test_a_completed_job_shows_its_files() -> None:
    """Title, length, time taken, and the key of each object."""
    stored = StoredObject(key="customers/acme/music/demo-1/master.wav", bytes=1, sha256="00")
    result = MusicResult(
        job_id="demo-1",
        title="Moon",
        duration=180.0,
        elapsed=125.4,
        provider="builtin",
        objects={"master.wav": stored},
    )
    text = "\n".join(printed(RUNNING.model_copy(update={"status": "completed", "result": result})))

    assert "customers/acme/music/demo-1/master.wav" in text
    assert "3:00, made by builtin" in text
    assert "2 min 5 s" in text


def test_hostile_text_stays_text() -> None:
    """Neither escape sequences nor markup in a message reach the terminal as such."""
    lines = printed(RUNNING.model_copy(update={"message": "\x1b[31m[red]red[/red]\nnext"}))

    assert "\x1b" not in "".join(lines)
    assert any("[31m[red]red[/red] next" in line for line in lines)


def summary(**changes: object) -> JobSummary:
    """A job in a list, with what a test varies."""
    job = JobSummary(
        job_id="0" * 32,
        run_id="r",
        customer_id="acme",
        status="running",
        step="generating",
        provider="builtin",
        started_at=NOW - timedelta(minutes=5, seconds=30),
    )
    return job.model_copy(update=changes)


def test_jobs_stand_in_a_table_within_60_columns() -> None:
    """One line a job of common length; a failed one says at which step and of what."""
    console = Console(width=60, file=io.StringIO())
    failed = summary(status="failed", failed_step="generating", failure_type="ProviderBusy", job_id="j" * 128)
    print_table(console, jobs_table([summary()], NOW))
    print_table(console, jobs_table([failed], NOW))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["JOB", "CUSTOMER", "STATUS", "AGE"]
    assert lines[1].split() == ["0" * 32, "acme", "generating", "5", "min"]
    assert console.file.getvalue().count("j") == 128
    assert "ProviderBusy" in "".join("".join(lines[2:]).split())


def test_scenes_stand_in_a_table() -> None:
    """From, to, mood and energy, hours where there are some."""
    console = Console(width=60, file=io.StringIO())
    print_table(console, scenes_table(CONTEXT))
    assert isinstance(console.file, io.StringIO)

    assert " \n" not in console.file.getvalue()
    assert [line.split() for line in console.file.getvalue().splitlines()] == [
        ["FROM", "TO", "MOOD", "ENERGY"],
        ["0:00", "1:15", "calm", "20"],
        ["1:15", "1:02:05", "epic", "90"],
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (7_800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_spans_are_told_in_their_two_largest_units(seconds: float, text: str) -> None:
    """Rounded down, as clocks do."""
    assert span(seconds) == text


def test_places_in_the_video_are_told_as_players_do() -> None:
    """Minutes and seconds, hours where there are some."""
    assert [clock(seconds) for seconds in (0, 75.9, 3_750)] == ["0:00", "1:15", "1:02:30"]
