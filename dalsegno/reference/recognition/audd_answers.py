"""What AudD's answers mean. Pure.

Wire format: "AudD Music Recognition API" on docs.audd.io. What it leaves open is read tolerantly; none of its text but
title and artist is passed on.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from dalsegno.errors import (
    AuthenticationFailed,
    DalSegnoError,
    ProviderBusy,
    ProviderUnavailable,
    QuotaExceeded,
    UnsupportedSource,
)
from dalsegno.ports import Recognition
from dalsegno.reference.recognition.tags import one_line

_TIMECODE = re.compile(r"([0-9]{1,2}:)?[0-9]{1,2}:[0-9]{2}")

_TOKEN = "AudD refuses the token: check DALSEGNO_AUDD_API_TOKEN."  # noqa: S105  (a sentence)
_CLIP = "AudD can't use the clip."
_FAULT = "AudD has a fault of its own."

# By AudD's `error_code`. A clip that it can't use is no other one the next time.
REFUSALS: dict[int, tuple[type[DalSegnoError], str]] = {
    100: (ProviderUnavailable, _FAULT),
    300: (UnsupportedSource, _CLIP),
    400: (UnsupportedSource, _CLIP),
    500: (UnsupportedSource, _CLIP),
    611: (ProviderBusy, "AudD asks to slow down."),
    900: (AuthenticationFailed, _TOKEN),
    901: (AuthenticationFailed, _TOKEN),
    902: (QuotaExceeded, "AudD's quota is used up: buy more requests, or wait for the next month."),
    903: (AuthenticationFailed, _TOKEN),
    1000: (ProviderUnavailable, _FAULT),
}


def read_answer(status: int, body: bytes) -> Recognition | None:
    """The song in an answer; None if AudD doesn't know it.

    Raises:
        AuthenticationFailed, QuotaExceeded, UnsupportedSource, ProviderBusy, ProviderUnavailable: AudD says so, or
            something that stands between.
    """
    document = _document(body)
    if document.get("status") == "success" and status == HTTPStatus.OK:
        return _song(document.get("result"))
    code = _code(document)
    if code in REFUSALS:
        error, sentence = REFUSALS[code]
        raise error(f"{sentence} (Error {code}.)")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ProviderBusy("AudD asks to slow down. (HTTP 429.)")
    said = f"HTTP {status}" if code is None else f"HTTP {status}, error {code}"
    raise ProviderUnavailable(f"AudD, or something before it, did not answer the question. ({said}.)")


def _song(result: Any) -> Recognition | None:
    if isinstance(result, list):
        result = result[0] if result else None
    if result is None:
        return None
    if not isinstance(result, dict):
        raise ProviderUnavailable("AudD's answer can't be read.")
    title = _text(result.get("title"))
    if title is None:
        return None
    return Recognition(
        title,
        _text(result.get("artist")),
        confidence=None,
        method="audd",
        begins_at=_seconds(result.get("timecode")),
    )


def _text(value: Any) -> str | None:
    return one_line(value) or None if isinstance(value, str) else None


def _seconds(timecode: Any) -> float | None:
    """From `01:23` or `1:02:03`."""
    if not isinstance(timecode, str) or not _TIMECODE.fullmatch(timecode):
        return None
    seconds = 0
    for part in timecode.split(":"):
        seconds = 60 * seconds + int(part)
    return float(seconds)


def _code(document: dict[str, Any]) -> int | None:
    error = document.get("error")
    code = error.get("error_code") if isinstance(error, dict) else None
    if isinstance(code, str) and len(code) <= 6 and code.isdecimal():
        code = int(code)
    # What is no small number is not repeated.
    return code if isinstance(code, int) and 0 <= code < 1_000_000 else None


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or too deep
        return {}
    return document if isinstance(document, dict) else {}
