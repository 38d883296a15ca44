"""Reads requests for music as they come in, and says in plain sentences what is wrong with them."""

import difflib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dalsegno.errors import InvalidRequest
from dalsegno.models import (
    MAX_INSTRUMENTS,
    MAX_SCENES,
    MAX_SEGMENTS,
    MOODS,
    PROVIDERS,
    BaseRequest,
    MusicRequest,
    Scene,
    Segment,
)

MAX_MISTAKES = 10
MAX_ECHO = 40
# Longer numbers mean nothing here, and Python itself refuses to read much longer ones.
MAX_DIGITS = 400

_ID = "letters, digits, '.', '_' and '-', beginning with a letter or digit"
_SECONDS = "must be a number of seconds from 0 to 1,000,000"
_NO_CONTROLS = ", without control characters"

# What each field must be, by its name; `[]` stands for a place in a list.
_RULES = {
    "customer_id": f"must be 1 to 64 {_ID}",
    "job_id": f"must be 1 to 128 {_ID}",
    "duration": "must be between 5 and 600 seconds",
    "mood": f"must be one of {', '.join(MOODS)}",
    "prompt": f"must be text of at most 2,000 characters{_NO_CONTROLS}",
    "instruments": f"must be a list of names, at most {MAX_INSTRUMENTS}",
    "instruments[]": f"must be a name of 1 to 40 characters{_NO_CONTROLS}",
    "youtube_url": "must be the https address of one video on youtube.com, youtu.be or music.youtube.com",
    "reference_audio": f"must be the path of an audio file{_NO_CONTROLS}",
    "segments": f"must be a list of objects with start, end and text, at most {MAX_SEGMENTS:,}",
    "segments[]": "must be an object with start, end and text",
    "segments[].start": _SECONDS,
    "segments[].end": _SECONDS,
    "segments[].text": f"must be text of at most 1,000 characters{_NO_CONTROLS}",
    "scenes": f"must be a list of objects with start, end, mood and energy, at most {MAX_SCENES:,}",
    "scenes[]": "must be an object with start, end, mood and energy",
    "scenes[].start": _SECONDS,
    "scenes[].end": _SECONDS,
    "scenes[].mood": f"must be one of {', '.join(MOODS)}",
    "scenes[].energy": "must be a number from 0 to 100",
    "seed": "must be a whole number from 0 to 9,007,199,254,740,991",
    "stems": "must be true or false",
}
_MODELS: dict[str, type[BaseModel]] = {"": MusicRequest, "segments[]": Segment, "scenes[]": Scene}


def parse_request(data: Mapping[str, object]) -> MusicRequest:
    """Checks a request.

    Raises:
        InvalidRequest: with a sentence for each mistake, the first ten of them.
    """
    mistakes = _refusals(data)
    details: list[ErrorDetails] = []
    try:
        request = MusicRequest.model_validate(dict(data))
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if detail["loc"] != ("provider",)]
    else:
        if not mistakes:
            return request
    # A request can hold a million mistakes: only those that are told are put into words.
    count = len(mistakes) + len(details)
    mistakes += [_sentence(detail) for detail in details[: MAX_MISTAKES - len(mistakes)]]
    if count > MAX_MISTAKES:
        mistakes.append(f"And {count - MAX_MISTAKES:,} more.")
    raise InvalidRequest(*mistakes)


def refuse_unavailable(request: BaseRequest) -> None:
    """Refuses what nothing serves yet: models know what a request may be, not who is there to serve it.

    Raises:
        InvalidRequest: with a sentence for each thing that is not there.
    """
    if refusals := _refusals(dict(request)):
        raise InvalidRequest(*refusals)


def _refusals(fields: Mapping[str, object]) -> list[str]:
    provider = fields.get("provider")
    if provider is None or (isinstance(provider, str) and provider in PROVIDERS):
        return []
    named = f" {_quoted(provider)}" if isinstance(provider, str) else f" like {_kind(provider)}"
    return [f"There is no provider{named}: choose one of {', '.join(PROVIDERS)}."]


def read_request(text: str | bytes) -> MusicRequest:
    """Reads a request from JSON, in UTF-8 where it comes as bytes.

    Raises:
        InvalidRequest: with a sentence for each mistake, the first ten of them.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"The request is not text in UTF-8: byte {error.start + 1:,} can't be read."
        ) from None
    try:
        data = _DECODER.decode(decoded.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"The request is not JSON: {error.msg} at line {error.lineno:,}, column {error.colno:,}."
        ) from None
    except RecursionError:
        raise InvalidRequest("The request is nested too deeply to be read.") from None
    if not isinstance(data, dict):
        raise InvalidRequest(f"The request must be an object with named fields, not {_kind(data)}.")
    return parse_request(data)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise InvalidRequest(f"The field {_quoted(twice)} is given twice.")
    return fields


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidRequest(f"The request holds a number of {len(digits):,} digits.")
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise InvalidRequest(f"The request is not JSON: {name} is no number there.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole_number, parse_constant=_no_number)


def _sentence(detail: ErrorDetails) -> str:
    where, field = _path(detail["loc"]), _path(detail["loc"], anywhere=True)
    match detail["type"]:
        case "extra_forbidden":
            return _no_such_field(detail["loc"])
        case "value_error":
            reason = str(detail["ctx"]["error"]).removesuffix(".")
            return f"{where}: {reason}." if where else f"{reason}."
        case "missing":
            return f"{where} is missing: it {_RULES[field]}."
        case "invalid_key" | "string_unicode" if field not in _RULES or field in _MODELS:
            return "The name of a field is not text."
        case kind:
            return f"{where} {_RULES[field]}, not {_what_came(kind, where, detail['input'])}."


def _what_came(kind: str, where: str, value: Any) -> str:
    match kind:
        case "string_too_long":
            return f"{len(value):,} characters"
        case "too_long":
            return f"{len(value):,}"
        case "list_type" if where == "instruments" and isinstance(value, str):
            names = [name.strip() for name in value[:MAX_ECHO].split(",")]
            return f"text: try [{', '.join(_echo(name) for name in names if name)}]"
        case "list_type" | "model_type":
            return _kind(value)
        case "float_type" | "int_type" | "bool_type" if isinstance(value, str):
            return f"the text {_echo(value)}"
        case _:
            return _echo(value)


def _no_such_field(location: tuple[int | str, ...]) -> str:
    *parents, last = location
    name = str(last)[:MAX_ECHO]
    model = _MODELS[_path(tuple(parents), anywhere=True)]
    # Names are compared without case and underscores: `customerId` is meant for `customer_id`.
    known = {field.replace("_", ""): field for field in model.model_fields}
    close = difflib.get_close_matches(name.lower().replace("_", ""), known, n=1)
    inside = f" in {_path(tuple(parents))}" if parents else ""
    hint = f"; did you mean {known[close[0]]}?" if close else "."
    return f"There is no field {_quoted(str(last))}{inside}{hint}"


def _path(location: tuple[int | str, ...], *, anywhere: bool = False) -> str:
    """`segments[3].text`, or `segments[].text` for any place in the list."""
    parts = (f".{part}" if isinstance(part, str) else "[]" if anywhere else f"[{part}]" for part in location)
    return "".join(parts).removeprefix(".")


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"a {type(value).__name__}")


_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def _echo(value: object) -> str:
    """A value as users see it: short, on one line, without what would confuse a terminal."""
    match value:
        case str():
            return f'"{_short(value)}"'
        case bool():
            return "true" if value else "false"
        case float():
            return str(value).removesuffix(".0")
        case int():
            return str(value) if value.bit_length() <= 64 else "a number that large"
        case _:
            return _kind(value)


def _quoted(name: str) -> str:
    return f"'{_short(name)}'"


def _short(text: str) -> str:
    shown = text if len(text) <= MAX_ECHO else text[: MAX_ECHO - 1] + "…"
    return "".join(character if character.isprintable() else "\ufffd" for character in shown)
