# ruff: noqa: PLC0415 - models are loaded when a request is read, not for `--help`
"""From options and files to a request."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dalsegno.commands.files import read_input
from dalsegno.commands.output import say
from dalsegno.errors import InvalidRequest

if TYPE_CHECKING:
    from dalsegno.models import MusicRequest, Segment


def read_segments(transcript: str) -> "list[Segment]":
    """The lines of a transcript file; `-` is stdin.

    Raises:
        InvalidRequest: the file can't be read or is no transcript.
    """
    from dalsegno.scenes import read_transcript

    return read_transcript(read_input(transcript), "stdin" if transcript == "-" else transcript)


def request_of(
    options: Mapping[str, object],
    *,
    instruments: str | None,
    transcript: str | None,
    request_file: str | None,
) -> "MusicRequest":
    """The request that options or a file describe, checked whole: nothing starts on a mistake.

    Args:
        options: the request's fields by name; None and False stand for what was not given.
        instruments: names separated by commas.
        transcript: a file of what is said in the video.
        request_file: a JSON file with the whole request, instead of all of the above.

    Raises:
        InvalidRequest: with all mistakes, or that both a file and options were given.
    """
    from dalsegno.requests import parse_request, read_request

    given = {name: value for name, value in options.items() if value is not None and value is not False}
    if instruments is not None:
        given["instruments"] = [name.strip() for name in instruments.split(",")]
    if request_file is not None:
        if given or transcript is not None:
            raise InvalidRequest("Give either --request or the options of a request, not both.")
        return _with_its_file(read_request(read_input(request_file)))
    if transcript is not None:
        segments = read_segments(transcript)
        if not segments:
            say("The transcript holds no speech: the music follows the other wishes.")
        given["segments"] = [segment.model_dump() for segment in segments]
    return _with_its_file(parse_request(given))


def _with_its_file(request: "MusicRequest") -> "MusicRequest":
    """The request, if the audio file that it names is there; what is in it is looked at when the job is started."""
    if request.reference_audio is not None and not Path(request.reference_audio).exists():
        raise InvalidRequest(
            f"There is no file {request.reference_audio}: reference_audio must be a file of this machine."
        )
    return request
