"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

# The moods of `dalsegno.models.MOODS`, written out: importing the models would slow `--help` down.
MOOD_NAMES = "happy, sad, calm, tense, epic, romantic, dark, energetic, inspiring, neutral"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Job = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)]
Jobs = Annotated[list[str], typer.Argument(metavar="JOB", help="The jobs' ids.", show_default=False)]
SomeJobs = Annotated[
    list[str] | None, typer.Argument(metavar="JOB", help="The jobs' ids.", show_default=False)
]

Customer = Annotated[str | None, typer.Option("--customer", metavar="C", help="Whose music it is.")]
Duration = Annotated[float | None, typer.Option("--duration", metavar="S", help="Seconds, 5 to 600.")]
Mood = Annotated[str | None, typer.Option("--mood", metavar="M", help=f"One of {MOOD_NAMES}.")]
Prompt = Annotated[
    str | None, typer.Option("--prompt", metavar="P", help="What the music should be like, in words.")
]
Instruments = Annotated[
    str | None,
    typer.Option("--instruments", metavar="A,B", help="What should be heard, separated by commas."),
]
Youtube = Annotated[
    str | None, typer.Option("--youtube", metavar="URL", help="A reference song: one video on YouTube.")
]
ReferenceAudio = Annotated[
    str | None, typer.Option("--reference-audio", metavar="FILE", help="A reference song as audio file.")
]
Transcript = Annotated[
    str | None,
    typer.Option("--transcript", metavar="FILE", help="What is said in the video: SRT, WebVTT or JSON."),
]
Provider = Annotated[str | None, typer.Option("--provider", metavar="NAME", help="Who makes the music.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Another number gives another piece.")]
Stems = Annotated[bool, typer.Option("--stems", help="Also publish the groups of instruments one by one.")]
JobId = Annotated[
    str | None, typer.Option("--job-id", metavar="ID", help="Starting it twice starts one job.")
]
RequestFile = Annotated[
    str | None,
    typer.Option(
        "--request", metavar="FILE", help="The whole request as JSON, instead of the options; - is stdin."
    ),
]
To = Annotated[
    Path, typer.Option("--to", metavar="DIR", help="The folder to write into.", show_default=False)
]
