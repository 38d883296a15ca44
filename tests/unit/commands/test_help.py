import subprocess
import sys

import pytest

from dalsegno.commands.options import MOOD_NAMES
from dalsegno.models import MOODS

COMMANDS = (
    "start",
    "status",
    "watch",
    "list",
    "fetch",
    "links",
    "cancel",
    "failed",
    "retry",
    "discard",
    "scenes",
    "compose",
    "identify",
    "catalog",
    "up",
    "demo",
    "migrate",
)
SLOW = ("temporalio", "pydantic", "numpy", "rich", "sqlalchemy", "onnxruntime", "PIL", "soundfile")
CALL = """
import sys
import starter
sys.argv = ["dalsegno", *sys.argv[1:]]
try:
    starter.main()
finally:
    print(*(name for name in {slow} if name in sys.modules), file=sys.stderr)
"""


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line, which then names the slow modules that it has loaded on stderr."""
    return subprocess.run(
        [sys.executable, "-c", CALL.format(slow=SLOW), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_loads_nothing_slow(arguments: list[str]) -> None:
    """Help is answered at once, as is a call without arguments: no large library is loaded for it."""
    done = call(*arguments)

    assert done.returncode == 0
    assert "Usage: dalsegno" in done.stdout
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("arguments", [["start", "--help"], ["start", "--tempo", "fast"]])
def test_help_on_a_command_and_mistakes_load_what_typer_needs_at_most(arguments: list[str]) -> None:
    """Typer itself loads pydantic in order to read a command's options; nothing else comes along."""
    assert set(call(*arguments).stderr.splitlines()[-1].split()) <= {"pydantic"}


def test_help_names_every_command_on_one_line() -> None:
    """Each command stands in the list with a sentence that is not cut off."""
    lines = call("--help").stdout.split("Commands:")[1].strip().splitlines()

    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


def test_help_names_the_moods_there_are() -> None:
    """The moods in the help are those of the models."""
    assert tuple(MOOD_NAMES.split(", ")) == MOODS


@pytest.mark.parametrize("command", ["batch", "purge"])
def test_commands_to_come_are_refused_by_name(command: str) -> None:
    """Whatever stands behind them, also a plea for help; no other command is offered instead."""
    for arguments in ([], ["x", "--older-than", "90d"], ["--help"]):
        done = call(command, *arguments)
        assert done.returncode == 2
        assert done.stderr.splitlines()[0] == f"`{command}` is not available yet."


def test_a_slip_of_the_finger_gets_a_question() -> None:
    """Commands that are there are offered, and the sentence ends as a question does."""
    done = call("statsu")
    assert done.returncode == 2
    assert done.stderr.startswith("No such command 'statsu'. Did you mean 'status', 'start'? See ")
    assert "Did you mean" not in call("purgee").stderr
