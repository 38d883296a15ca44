# ruff: noqa: FBT002, PLC0415 - options are defaults to typer; what a command needs is slow to import,
# and neither `--help` nor a mistake needs it
"""Commands that work without a server: scenes, compose."""

import hashlib
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dalsegno.commands import options
from dalsegno.commands.exits import GOOD
from dalsegno.commands.output import print_json, print_line, say

if TYPE_CHECKING:
    from dalsegno.commands.progress import Show
    from dalsegno.models import MusicRequest, SceneContext, StoredObject
    from dalsegno.ports import Report

app = typer.Typer()

# No video is longer than a day.
LONGEST_VIDEO = 86_400.0
# A composition without a server has no customer and no job: these stand in their places.
LOCAL_CUSTOMER, LOCAL_JOB = "local", "composed"


@app.command()
def scenes(
    transcript: Annotated[str, typer.Argument(metavar="TRANSCRIPT", help="SRT, WebVTT or JSON; - is stdin.")],
    duration: Annotated[
        float | None,
        typer.Option(metavar="S", help="Length of the video in seconds; default: to the last line's end."),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Analyze a transcript's scenes, without a server."""
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.commands.views import print_table, scenes_table, stdout_console
    from dalsegno.commands.wishes import read_segments
    from dalsegno.errors import InvalidRequest
    from dalsegno.scenes import analyze

    if duration is not None and not (isfinite(duration) and 0 < duration <= LONGEST_VIDEO):
        raise InvalidRequest(f"--duration must be above 0 and at most {LONGEST_VIDEO:,.0f} seconds.")
    segments = read_segments(transcript)
    if not segments:
        raise InvalidRequest("The transcript holds no speech: there is nothing to analyze.")
    length = duration or min(max(segment.end for segment in segments), LONGEST_VIDEO)
    with progress(stderr_console()) as show:
        found = analyze(segments, length, lambda fraction, words: show("analyzing", 100 * fraction, words))
    if as_json:
        lines = [
            {"start": line.start, "end": line.end, "mood": line.mood, "confidence": line.confidence}
            for line in found.segments
        ]
        print_json(found.context.model_dump(mode="json") | {"segments": lines})
    else:
        console = stdout_console()
        print_table(console, scenes_table(found.context))
        console.print()
        console.print(found.context.summary)
    for note in found.notes:
        say(note)
    return GOOD


@app.command()
def compose(
    to: options.To,
    customer: options.Customer = None,
    duration: options.Duration = None,
    mood: options.Mood = None,
    prompt: options.Prompt = None,
    instruments: options.Instruments = None,
    youtube: options.Youtube = None,
    reference_audio: options.ReferenceAudio = None,
    transcript: options.Transcript = None,
    provider: options.Provider = None,
    seed: options.Seed = None,
    stems: options.Stems = False,
    job_id: options.JobId = None,
    request: options.RequestFile = None,
    as_json: options.Json = False,
) -> int:
    """Compose on this machine, without a server.

    The files are the same that a job would publish.
    """
    from dalsegno.commands.files import filled
    from dalsegno.commands.progress import progress, stderr_console
    from dalsegno.commands.wishes import request_of
    from dalsegno.deliverables.names import METADATA
    from dalsegno.errors import InvalidRequest

    wanted = request_of(
        {
            "customer_id": customer or (None if request else LOCAL_CUSTOMER),
            "duration": duration,
            "mood": mood,
            "prompt": prompt,
            "youtube_url": youtube,
            "reference_audio": reference_audio,
            "provider": provider,
            "seed": seed,
            "stems": stems,
            "job_id": job_id,
        },
        instruments=instruments,
        transcript=transcript,
        request_file=request,
    )
    if wanted.provider not in {None, "builtin"}:
        raise InvalidRequest(f"compose is the built-in composer alone: leave out provider {wanted.provider}.")
    if wanted.youtube_url or wanted.reference_audio:
        raise InvalidRequest(
            "compose follows no reference song yet: leave out youtube_url and reference_audio, or start a job."
        )
    with progress(stderr_console()) as show, filled(to, last=METADATA) as folder:
        names = _compose(wanted, folder, show)
    if as_json:
        print_json({"folder": str(to), "files": [str(to / name) for name in names]})
    else:
        for name in names:
            print_line(str(to / name))
    return GOOD


def _compose(request: "MusicRequest", folder: Path, show: "Show") -> list[str]:
    """Analyzes, composes and finishes into `folder`; returns the names of all files, `metadata.json` last."""
    from dalsegno.brief import brief_of
    from dalsegno.deliverables.finish import finish
    from dalsegno.deliverables.metadata import metadata
    from dalsegno.deliverables.names import METADATA
    from dalsegno.models import default_seed
    from dalsegno.providers.builtin import BuiltinComposer

    job_id = request.job_id or LOCAL_JOB
    context = _scene_context(request, lambda fraction, words: show("analyzing", 10 * fraction, words))
    seed = default_seed(job_id) if request.seed is None else request.seed
    brief = brief_of(request, seed=seed, context=context)
    show("generating", 10, "Writing the music")
    music = BuiltinComposer().render(
        brief, folder, lambda fraction, words: show("generating", 10 + 88 * fraction, words)
    )
    show("generating", 98, "Drawing the waveform and the page")
    names = finish(folder, brief, music, scene_context=context)
    for note in music.notes:
        say(note)
    document = metadata(
        job_id=job_id,
        customer_id=request.customer_id,
        request_sha256=request.sha256(),
        provider="builtin",
        title=music.title,
        brief=brief,
        reference_song=None,
        scene_context=context,
        created_at=datetime.now(UTC),
        objects={name: _stored(folder / name, name) for name in names},
    )
    (folder / METADATA).write_bytes(document)
    return [*names, METADATA]


def _scene_context(request: "MusicRequest", report: "Report") -> "SceneContext | None":
    from dalsegno.scenes import analyze, context_of_plan

    if request.segments:
        found = analyze(request.segments, request.duration, report)
    elif request.scenes:
        found = context_of_plan(request.scenes, request.duration)
    else:
        return None
    for note in found.notes:
        say(note)
    return found.context


def _stored(path: Path, name: str) -> "StoredObject":
    from dalsegno.models import StoredObject

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredObject(key=name, bytes=path.stat().st_size, sha256=digest)
