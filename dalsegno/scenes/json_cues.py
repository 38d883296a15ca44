"""Transcripts in JSON: a list of {start, end, text}, or an object that has it under `segments`."""

import json
import math
from typing import Any, NoReturn

from dalsegno.errors import InvalidRequest
from dalsegno.scenes.cue import Cue, check_times

# A bound on what parsing can cost in memory; far above what 20,000 segments with their words need.
_MAX_VALUES = 2_000_000


def parse_json(text: str, name: str) -> list[Cue]:
    """The cues of a JSON transcript, in the file's order. Fields other than the three are passed over.

    Raises:
        InvalidRequest: it is no JSON, or an item has not the three fields of the right kinds.
    """
    document = _load(text, name)
    if isinstance(document, dict):
        document = document.get("segments")
    if not isinstance(document, list):
        raise InvalidRequest(f"{name} must be a JSON list of segments: [{{start, end, text}}].")
    return [_cue(item, name, f"segment {number}") for number, item in enumerate(document, start=1)]


def _load(text: str, name: str) -> Any:
    if text.count(",") + text.count("{") + text.count("[") > _MAX_VALUES:
        raise InvalidRequest(f"{name} holds more than {_MAX_VALUES:,} values: it is no transcript.")

    def refuse(constant: str) -> NoReturn:
        raise InvalidRequest(f"{name}: {constant} is not a number that JSON knows.")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"{name}, line {error.lineno}: this is not JSON as it should be ({error.msg[:80]})."
        ) from None
    except RecursionError:
        raise InvalidRequest(f"{name}: its JSON is nested too deeply.") from None
    except ValueError:
        raise InvalidRequest(f"{name}: a number in its JSON is too long.") from None


def _cue(item: Any, name: str, place: str) -> Cue:
    if not isinstance(item, dict):
        raise InvalidRequest(f"{name}, {place}: it must be an object with start, end and text.")
    start, end = (_number(item, field, name, place) for field in ("start", "end"))
    check_times(start, end, name, place)
    text = item.get("text")
    if not isinstance(text, str):
        raise InvalidRequest(f"{name}, {place}: text is missing or not a text.")
    return Cue(start, end, tuple(text.splitlines()), place)


def _number(item: dict[str, Any], field: str, name: str, place: str) -> float:
    value = item.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(f"{name}, {place}: {field} is missing or not a number of seconds.")
    try:
        return float(value)
    except OverflowError:  # of some hundred digits
        return math.inf
