"""Mureka as a provider: `POST /v1/instrumental/generate`, then questions about the task until it has ended.

Mureka knows no idempotency key and no list of tasks: what was sent and not answered may have been paid for, and nobody
but a person can find out. So all turns on one moment, the departure of the request. Before it, any failure is harmless;
after it, only a clear answer is trusted.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from dalsegno.errors import (
    DownloadFailed,
    GenerationRejected,
    ProviderUnavailable,
    SettingsError,
    SubmissionUnknown,
    TaskGone,
)
from dalsegno.models import MusicBrief
from dalsegno.ports import ProviderAccount, ProviderTask, Report
from dalsegno.providers.audio_download import DownloadBounds, download_audio
from dalsegno.providers.departure import Departure, DepartureTransport, TooLateError
from dalsegno.providers.mureka_answers import (
    best_address,
    cleaned,
    fault,
    is_task_id,
    read_account,
    read_task,
    refusal,
    submitted_task_id,
)
from dalsegno.providers.mureka_prompt import prompt_of
from dalsegno.providers.public_addresses import PublicFetcher, certificate_authorities

BASE_URL = "https://api.mureka.ai"
# Each is paid for.
TRACKS = 1
# An answer is a few hundred bytes long.
_LONGEST_ANSWER = 1_000_000
_PROMPT_BEGINNING = 60
# With what comes before it, less than the time after which the ledger takes it that a request has not left.
_UNACKNOWLEDGED_MILLISECONDS = 8_000
_EXCHANGE_ERRORS = (httpx.HTTPError, TimeoutError, OSError)


@dataclass(frozen=True)
class Bounds:
    """How long things may take, in seconds, and how large a result may be, in bytes.

    Attributes:
        exchange: one question and its answer, from the connection to the last byte.
        download: one download as a whole; `idle` within it: a wait for bytes.
    """

    connect: float = 10
    exchange: float = 60
    idle: float = 30
    download: float = 600
    size: int = 400_000_000


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Mureka:
    """A TaskProvider.

    Environment proxies are not used: downloads can't go through one (see `public_addresses`), and music that was paid
    for through a proxy could then never be fetched. Errors of httpx are not chained to ours, since the frames of their
    tracebacks hold the key.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = BASE_URL,
        model: str = "auto",
        concurrency: int = 1,
        poll_seconds: float = 5,
        bounds: Bounds | None = None,
    ) -> None:
        """Prepares; connects to nothing.

        Raises:
            SettingsError: the key or the address can't be one.
        """
        if not re.fullmatch(r"[!-~]+", api_key):
            raise SettingsError("DALSEGNO_MUREKA_API_KEY must be a key: printable ASCII without spaces.")
        url = _base(base_url)
        self.concurrency = concurrency
        self.poll_seconds = poll_seconds
        self._bounds = bounds or Bounds()
        self._base_url = str(url).rstrip("/")
        self._model = model
        self._api_key = api_key
        self._authorities = certificate_authorities()
        # The bare transport: it retries nothing, redirects nowhere, logs nothing, and shares no connection.
        self._transport = httpx.AsyncHTTPTransport(
            verify=self._authorities, limits=httpx.Limits(max_keepalive_connections=0)
        )
        self._fetcher = PublicFetcher(
            timeout=httpx.Timeout(self._bounds.idle, connect=self._bounds.connect), trusted=url
        )

    async def submit(self, brief: MusicBrief, *, about_to_send: Callable[[], Awaitable[datetime]]) -> str:
        """See TaskProvider. When it is cancelled, whether the request was accepted is unknown too."""
        prompt = prompt_of(brief)
        departure = Departure(about_to_send)
        transport = DepartureTransport(departure, self._authorities, _socket_options())
        try:
            answer = await self._exchange(
                "POST",
                "/v1/instrumental/generate",
                json={"model": self._model, "n": TRACKS, "prompt": prompt},
                extensions={"trace": departure},
                transport=transport,
            )
        except TooLateError:
            raise ProviderUnavailable(
                "The request to Mureka was not sent, since its time was over before it could leave."
            ) from None
        except Exception as error:
            if departure.at is not None:
                raise self._unknown(type(error).__name__, departure.at, prompt) from None
            if error is not departure.stopped_by and isinstance(error, _EXCHANGE_ERRORS):
                raise self._unreachable(error) from None
            raise
        finally:
            await transport.aclose()
        if refused := refusal(answer.status, answer.body, self._api_key):
            raise refused
        task_id = submitted_task_id(answer.body) if answer.status // 100 == 2 else None
        if task_id is None:
            raise self._unknown(f"HTTP {answer.status} without a task's id", departure.at, prompt)
        return task_id

    async def task(self, task_id: str) -> ProviderTask:
        """See TaskProvider."""
        return read_task(await self._ask_about(task_id), task_id, self._api_key)

    async def download(self, task_id: str, folder: Path, report: Report) -> Path:
        """See TaskProvider. Addresses are asked for anew, and stay in here: whoever has one has the music."""
        body = await self._ask_about(task_id)
        task = read_task(body, task_id, self._api_key)
        if task.state == "failed":
            raise GenerationRejected(f"Mureka's task ended without music: {task.reason}.")
        if task.state != "succeeded":
            raise DownloadFailed("Mureka's task has not ended yet.")
        address = best_address(body)
        if address is None:
            raise GenerationRejected("Mureka's task succeeded, but has no music.")
        bounds = DownloadBounds(self._bounds.size, self._bounds.download)
        return await download_audio(self._fetcher, address, folder, report, bounds)

    async def account(self) -> ProviderAccount:
        """See TaskProvider."""
        answer = await self._question("/v1/account/billing")
        if answer.status != httpx.codes.OK:
            raise fault(answer.status, answer.body, self._api_key)
        return read_account(answer.body)

    async def close(self) -> None:
        """See TaskProvider."""
        await self._transport.aclose()
        await self._fetcher.close()

    async def _ask_about(self, task_id: str) -> bytes:
        if not is_task_id(task_id):
            raise TaskGone("Mureka has no such task: its ids are of letters and digits.")
        answer = await self._question(f"/v1/instrumental/query/{task_id}")
        if answer.status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
            raise TaskGone(f"Mureka knows no task {task_id} (any more).")
        if answer.status != httpx.codes.OK:
            raise fault(answer.status, answer.body, self._api_key)
        return answer.body

    async def _question(self, path: str) -> Answer:
        try:
            return await self._exchange("GET", path)
        except _EXCHANGE_ERRORS as error:
            raise self._unreachable(error) from None

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        extensions: Mapping[str, Any] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> Answer:
        timeout = httpx.Timeout(self._bounds.exchange, connect=self._bounds.connect)
        request = httpx.Request(
            method,
            self._base_url + path,
            headers={"Authorization": f"Bearer {self._api_key}", "Accept": "application/json"},
            json=json,
            extensions={"timeout": timeout.as_dict(), **(extensions or {})},
        )
        async with asyncio.timeout(self._bounds.exchange):
            response = await (transport or self._transport).handle_async_request(request)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _LONGEST_ANSWER:
                        raise httpx.DecodingError("The answer is too long.")
            finally:
                await response.aclose()
        return Answer(response.status_code, bytes(body))

    def _unreachable(self, error: Exception) -> ProviderUnavailable:
        host = httpx.URL(self._base_url).host
        return ProviderUnavailable(
            f"Mureka at {host} can't be reached, or broke off ({type(error).__name__})."
        )

    def _unknown(self, what: str, at: datetime | None, prompt: str) -> SubmissionUnknown:
        beginning = cleaned(prompt, self._api_key, _PROMPT_BEGINNING)
        return SubmissionUnknown(
            f"Mureka was sent a request at {at:%Y-%m-%d %H:%M:%S} UTC and did not say whether it accepted it ({what}): "
            f"look there for a task of that time whose prompt begins with “{beginning}”."
        )


def _socket_options() -> list[tuple[int, int, int]]:
    """The system gives a request up that doesn't get through (TCP_USER_TIMEOUT, RFC 5482; Linux has it).

    Else it might deliver it much later, even for a process that was killed, when a person has ordered another one.
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return []
    return [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MILLISECONDS)]


def _base(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise SettingsError("DALSEGNO_MUREKA_BASE_URL must be an address like https://api.mureka.ai.")
    return url
