import asyncio
import json
import signal
import subprocess
import sys
import time

import pytest
import typer

from dalsegno.commands.exits import Interrupted, exit_code, interruptible, run, sentence
from dalsegno.commands.options import Json
from dalsegno.commands.output import print_json
from dalsegno.errors import (
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    JobEndedError,
    NoSuchJobError,
    SettingsError,
    StackError,
    StorageDenied,
    StorageUnavailable,
    UnreachableError,
)


def app_that(raises: BaseException | None = None, returns: int | None = None) -> typer.Typer:
    """A program whose only command, `go`, ends as told."""
    app = typer.Typer()

    @app.callback()
    def program() -> None:
        """Makes `go` a command of its own."""

    @app.command()
    def go(as_json: Json = False) -> int | None:  # noqa: FBT002 - options are defaults to typer
        if raises:
            raise raises
        return returns

    return app


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidRequest("x"), 2),
        (SettingsError("x"), 2),
        (UnreachableError("x"), 3),
        (StackError("x"), 3),
        (StorageUnavailable("x"), 3),
        (StorageDenied("x"), 3),
        (DatabaseUnavailable("x"), 3),
        (NoSuchJobError("x"), 4),
        (JobEndedError("x"), 1),
        (InternalError("x"), 1),
        (ValueError("x"), 1),
        (Interrupted("x"), 130),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    """The contract's codes: 1 the job, 2 the input, 3 what can't be reached, 4 no such job."""
    assert exit_code(error) == code
    assert run(app_that(raises=error), ["go"]) == code


def test_an_error_is_one_sentence_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, nothing on stdout."""
    run(app_that(raises=NoSuchJobError("There is no job x.")), ["go"])

    assert capsys.readouterr() == ("", "There is no job x.\n")


def test_with_json_an_error_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get the type and the sentence on stdout."""
    run(app_that(raises=NoSuchJobError("There is no job x.")), ["go", "--json"])

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"error": {"type": "NoSuchJobError", "message": "There is no job x."}}


def test_a_mistake_in_the_call_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Also what is found before the command runs."""
    assert run(app_that(), ["go", "--json", "--bogus"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "NoSuchOption"


@pytest.mark.parametrize("error", [NoSuchJobError("Gone."), KeyboardInterrupt()])
def test_behind_a_document_comes_no_second_one(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes wrong after the result was printed is said on stderr alone."""
    app = typer.Typer()

    @app.command()
    def go(as_json: Json = False) -> None:  # noqa: FBT002 - options are defaults to typer
        print_json({"ready": True})
        raise error

    assert run(app, ["--json"]) != 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"ready": True}
    assert printed.err


@pytest.mark.parametrize("error", [ValueError("odd\nvalue"), InternalError("odd value")])
def test_what_nobody_expected_is_called_a_bug(error: Exception) -> None:
    """On one line, with the type of the error."""
    assert sentence(error) == f"This is a bug in Dal Segno: {type(error).__name__}: odd value"


def test_a_refusal_by_the_database_is_no_bug() -> None:
    """A setting that a person has to mend keeps its own sentence, whatever else the error is within a job."""

    class SetupError(InternalError, SettingsError):
        pass

    assert sentence(SetupError("Run the migration.")) == "Run the migration."
    assert exit_code(SetupError("Run the migration.")) == 2


def test_a_command_s_number_is_the_exit_code() -> None:
    """A command ends with what it returns, and with 0 if it returns nothing."""
    assert run(app_that(returns=1), ["go"]) == 1
    assert run(app_that(), ["go"]) == 0


def test_ctrl_c_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it comes."""
    assert run(app_that(raises=KeyboardInterrupt()), ["go"]) == 130
    assert capsys.readouterr() == ("", "Interrupted.\n")


def test_ctrl_c_in_asynchronous_work_says_what_goes_on() -> None:
    """The work is cancelled and cleans up; the user is told what the command has to say about it."""
    cleaned_up = False

    async def work() -> None:
        nonlocal cleaned_up
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            cleaned_up = True

    with pytest.raises(Interrupted, match="The job goes on"):
        interruptible(work(), said="The job goes on.")
    assert cleaned_up


def program(body: str) -> list[str]:
    """A Python program with one command that runs `body`."""
    source = f"""
import sys, time, typer
from dalsegno.commands.exits import clean_up_on_sigterm, run
app = typer.Typer()
@app.command()
def go() -> None:
    {body}
clean_up_on_sigterm()
sys.exit(run(app, ["--"]))
"""
    return [sys.executable, "-c", source]


def test_a_reader_that_has_enough_is_no_error() -> None:
    """As with `| head`: the command ends without a word."""
    with subprocess.Popen(
        program("while True: print('x' * 1000)"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_sigterm_lets_the_command_clean_up() -> None:
    """`finally` runs before the end."""
    body = "try: print('ready', flush=True); time.sleep(60)\n    finally: print('cleaned up')"
    with subprocess.Popen(program(body), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.terminate()
        assert process.stdout.read() == "cleaned up\n"
    assert process.returncode == 143


@pytest.mark.parametrize(("loaded", "taken_down"), [(True, ""), (False, "taken down\n")])
def test_the_interpreter_is_not_taken_down_under_temporal_s_threads(*, loaded: bool, taken_down: str) -> None:
    """They would abort it. All output is there all the same, and the code is right."""
    source = f"""
from dalsegno.commands.exits import leave
if {loaded}:
    import temporalio
class Held:
    def __del__(self):
        print("taken down")
held = Held()
print("result")
leave(4)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)

    assert done.stdout == f"result\n{taken_down}"
    assert done.returncode == 4
