"""What Mureka's answers mean: refusals, tasks, accounts. Pure.

Wire format: the OpenAPI document of platform.mureka.ai. What it leaves open is read tolerantly, what contradicts it is
refused: an answer may come from anything that stands between.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from dalsegno.errors import (
    AccountSuspended,
    AuthenticationFailed,
    ContentPolicyViolation,
    DalSegnoError,
    InsufficientCredits,
    InvalidRequest,
    ProviderBusy,
    ProviderUnavailable,
    QuotaExceeded,
)
from dalsegno.ports import ProviderAccount, ProviderTask

LONGEST_QUOTE = 200
LONGEST_REASON = 500

_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)

_STATES: dict[str, Literal["waiting", "running", "succeeded", "failed"]] = {
    "preparing": "waiting",
    "queued": "waiting",
    "running": "running",
    "streaming": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "timeouted": "failed",
    "cancelled": "failed",
}


@dataclass(frozen=True)
class Refusal:
    """One way in which Mureka says no: surely nothing was accepted.

    Attributes:
        words: the answer's message holds one of them, in lower case; none: whatever it says.
        needs_body: holds only of an answer in Mureka's own form: another may come from something in between, which
            can't know whether the request arrived.
    """

    status: int
    error: type[DalSegnoError]
    sentence: str
    words: tuple[str, ...] = ()
    needs_body: bool = False


# The first row that fits holds. Statuses are told apart by words here and nowhere else: there is no code beside them.
REFUSALS = (
    # Which words are used is not documented. Both kinds are permanent, so a miss costs the right name alone.
    Refusal(
        400,
        ContentPolicyViolation,
        "Mureka refuses the content: change the prompt.",
        ("content policy", "policy violation", "sensitive", "moderation", "inappropriate", "prohibited"),
    ),
    Refusal(400, InvalidRequest, "Mureka refuses the request.", needs_body=True),
    Refusal(401, AuthenticationFailed, "Mureka refuses the key: check DALSEGNO_MUREKA_API_KEY."),
    Refusal(402, InsufficientCredits, "Mureka wants credit first: buy some, then retry."),
    Refusal(
        403,
        AccountSuspended,
        "Mureka has closed the account: ask its support.",
        ("suspend", "disabled", "deactivated", "banned"),
    ),
    Refusal(403, AuthenticationFailed, "Mureka does not serve this key, or not from this region."),
    # A limit a minute may be called a quota too, so what passes by itself goes first.
    Refusal(
        429,
        ProviderBusy,
        "Mureka asks to slow down.",
        ("rate limit", "concurren", "per minute", "per second", "too many requests"),
    ),
    Refusal(
        429,
        QuotaExceeded,
        "Mureka's quota is used up: buy credit, then retry.",
        ("exceeded your current quota", "check your plan and billing", "insufficient quota"),
    ),
    Refusal(429, ProviderBusy, "Mureka asks to slow down."),
    Refusal(503, ProviderUnavailable, "Mureka is overloaded.", needs_body=True),
)
# Gateways answer this of themselves too, after they have passed a request on.
_REQUEST_TIMEOUT = 408


# What is said of an order: a question costs nothing, and the last credit may have gone into this very task.
_ABOUT_ORDERS = (InvalidRequest, ContentPolicyViolation, QuotaExceeded, InsufficientCredits)


def refusal(status: int, body: bytes, secret: str) -> DalSegnoError | None:
    """The error that an answer to a submission means; None if it doesn't say that surely nothing was accepted."""
    message = _message(body)
    for row in REFUSALS:
        if (
            row.status == status
            and (not row.words or any(word in (message or "").lower() for word in row.words))
            and not (row.needs_body and message is None)
        ):
            return row.error(row.sentence + _said(status, message, secret))
    if not 400 <= status < 500 or status == _REQUEST_TIMEOUT:
        return None
    if message is None:  # a gateway's own page: the request has not come through
        return ProviderUnavailable(
            "Something before Mureka refuses the request: check DALSEGNO_MUREKA_BASE_URL."
            + _said(status, None, secret)
        )
    return InvalidRequest("Mureka refuses the request." + _said(status, message, secret))


def fault(status: int, body: bytes, secret: str) -> DalSegnoError:
    """The error that any other answer than 200 to a question means.

    A question about a task that is paid for is worth asking again, whatever is said against the question itself.
    """
    error = refusal(status, body, secret)
    if error is None or isinstance(error, _ABOUT_ORDERS):
        return ProviderUnavailable(
            "Mureka did not answer a question." + _said(status, _message(body), secret)
        )
    return error


def is_task_id(text: str) -> bool:
    """Whether a text can be the id of a task: it becomes part of a path."""
    return _TASK_ID.fullmatch(text) is not None


def submitted_task_id(body: bytes) -> str | None:
    """The id of a task that was just accepted; None if the answer holds none."""
    return _id(_document(body) or {})


def read_task(body: bytes, task_id: str, secret: str) -> ProviderTask:
    """How a task stands.

    Raises:
        ProviderUnavailable: the answer can't be read, is about another task, or names a status that isn't known:
            to go on waiting as if it ran would hide a failure.
    """
    document = _document(body)
    if document is None:
        raise ProviderUnavailable("Mureka's answer about a task can't be read.")
    if "id" in document and _id(document) != task_id:
        raise ProviderUnavailable("Mureka answered about another task than it was asked for.")
    status = document.get("status")
    state = _STATES.get(status) if isinstance(status, str) else None
    if state is None:
        raise ProviderUnavailable(
            f"Mureka names a status that is not known: “{cleaned(str(status), secret, 40)}”."
        )
    if state != "failed":
        return ProviderTask(task_id, state)
    said = document.get("failed_reason")
    reason = cleaned(said, secret, LONGEST_REASON) if isinstance(said, str) else ""
    return ProviderTask(task_id, state, reason or str(status))


def best_address(body: bytes) -> str | None:
    """Where the music of a succeeded task lies: uncompressed, else lossless, else MP3; None if nowhere."""
    choices = (_document(body) or {}).get("choices")
    for choice in choices if isinstance(choices, list) else []:
        for name in ("wav_url", "flac_url", "url"):
            address = choice.get(name) if isinstance(choice, dict) else None
            if isinstance(address, str) and address:
                return address
    return None


def read_account(body: bytes) -> ProviderAccount:
    """The account, balance in cents.

    Raises:
        ProviderUnavailable: the answer can't be read.
    """
    document = _document(body) or {}
    balance = _whole_number(document.get("balance"))
    if balance is None:
        raise ProviderUnavailable("Mureka's answer about the account can't be read.")
    return ProviderAccount(balance, _whole_number(document.get("concurrent_request_limit")))


def cleaned(text: str, secret: str, longest: int) -> str:
    """A foreign text on one line, of printable characters and without the secret, cut to a length."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    plain = " ".join(printable.split()).replace(secret, "[secret]")
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _said(status: int, message: str | None, secret: str) -> str:
    quote = cleaned(message or "", secret, LONGEST_QUOTE)
    return f" It says: “{quote}” (HTTP {status})." if quote else f" It answered HTTP {status}."


def _message(body: bytes) -> str | None:
    """The message of an answer in the form of an error, `{"error":{"message":"…"}}`; None if it has another form."""
    error = (_document(body) or {}).get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _id(document: dict[str, Any]) -> str | None:
    found = document.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and is_task_id(found) else None


def _whole_number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and abs(value) < 1e15 else None
