"""The command line of Dal Segno: `python starter.py …`, or `dalsegno …` when installed."""

import sys

import typer

from dalsegno.commands import analysis, catalogue, dead_letters, identify, jobs, stack
from dalsegno.commands.exits import clean_up_on_sigterm, leave, run
from dalsegno.commands.not_yet import Commands
from dalsegno.commands.output import tolerate_any_text

app = typer.Typer(
    cls=Commands,
    help="Background music for video, durably: when a step fails, it goes back to the sign, not to the beginning.",
    add_completion=False,
    # Rich would double the time to `--help`, and a traceback is no answer to a user.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (jobs, dead_letters, analysis, identify, catalogue, stack):
    app.add_typer(group.app)


def main() -> None:
    """Runs the command that the arguments name, and exits with its code."""
    tolerate_any_text()
    clean_up_on_sigterm()
    leave(run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
