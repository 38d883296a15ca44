"""Mureka as a local HTTP server, which counts what it bills and makes faults to order.

In a test's own process: `async with MurekaSimulator() as mureka`. As a process of its own, until SIGTERM or SIGINT:

    python -m tests.support.mureka_simulator --port 0 --seconds 2 --limit 3

prints one line of JSON, `{"base_url": …}`. There, `GET /_control/book` tells what it knows, and `POST /_control/faults`
takes a JSON list of faults, each with the fields of `Fault`; `DELETE` takes back those that are left.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.mureka_simulator_audio import CONTENT_TYPES, Kind, music
from tests.support.mureka_simulator_book import Book, Fault, Submission, Task
from tests.support.tcp_listener import tcp_listener

API_KEY = "mureka-test-key-0123456789"
MODELS = ("auto", "mureka-7.6", "mureka-8", "mureka-9", "mureka-9.5")
LONGEST_PROMPT = 1_024
DEFAULT_TRACKS, MOST_TRACKS = 2, 3
LINK_SECONDS = 30 * 24 * 3_600.0
_PIECE = 1 << 16


@dataclass
class Request:
    """One request, and the connection that it came by."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass
class Reply:
    """An answer to send."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class _CutError(Exception):
    """The connection ends here, without an answer."""


class MurekaSimulator:
    """The server and its state.

    Attributes:
        book: what it knows.
        base_url: where it is.
        file_headers: with what the files were asked for.
    """

    def __init__(
        self, *, seconds: float = 0.0, limit: int = 1_000, submit_seconds: float = 0.0, port: int = 0
    ) -> None:
        """Prepares.

        Args:
            seconds: how long a task takes.
            limit: how many may be in flight.
            submit_seconds: how long a submission takes, half of it before it is accepted.
            port: where to listen; 0: anywhere.
        """
        self.book = Book(seconds, limit)
        self.base_url = ""
        self.file_headers: list[dict[str, str]] = []
        self._submit_seconds = submit_seconds
        self._listener = tcp_listener(self._exchange, port)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.base_url = f"http://127.0.0.1:{await self._stack.enter_async_context(self._listener)}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

    def order(self, *faults: Fault) -> None:
        """Orders faults."""
        self.book.faults += map(replace, faults)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened_at = time.time()
        try:
            request = await _request(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.book.cut.append((opened_at, time.time()))
            return
        try:
            await self._route(request)
        except _CutError:
            writer.transport.abort()

    async def _route(self, request: Request) -> None:
        routes: list[tuple[str, str, Callable[[Request], Awaitable[None]]]] = [
            ("POST", "/v1/instrumental/generate", self._submit),
            ("GET", "/v1/instrumental/query/", self._query),
            ("GET", "/v1/account/billing", self._billing),
            ("GET", "/files/", self._file),
            ("GET", "/_control/book", self._tell_book),
            ("POST", "/_control/faults", self._take_order),
            ("DELETE", "/_control/faults", self._forget_orders),
        ]
        for method, prefix, handle in routes:
            if request.method == method and request.path.startswith(prefix):
                name = handle.__name__.strip("_")
                try:
                    await handle(request)
                finally:
                    self.book.exchanges[name] = self.book.exchanges.get(name, 0) + 1
                return
        await _send(request, _error(404, "Not found."))

    # Mureka's own

    async def _submit(self, request: Request) -> None:
        asked = _document(request.body)
        prompt = str(asked.get("prompt", ""))
        submission = Submission(time.time(), prompt)
        self.book.submissions.append(submission)
        await asyncio.sleep(self._submit_seconds / 2)
        fault = self.book.take_fault("submit", prompt)
        if fault and not fault.accepted and await self._faulty(request, fault, {}):
            return
        if refused := self._refused(request, asked):
            await _send(request, refused)
            return
        task = self.book.accept(prompt, str(asked["model"]), asked.get("n", DEFAULT_TRACKS))
        submission.task_id = task.task_id
        await asyncio.sleep(self._submit_seconds / 2)
        document = self._document_of(task) | {"status": "preparing"}
        for later in ("choices", "finished_at", "failed_reason"):
            document.pop(later, None)
        if not (fault and fault.accepted and await self._faulty(request, fault, document)):
            client_is_there = not request.reader.at_eof()
            await _send(request, _json(document))
            submission.answered_at = time.time() if client_is_there else None

    def _refused(self, request: Request, asked: dict[str, Any]) -> Reply | None:
        if unauthorized := _unauthorized(request):
            return unauthorized
        prompt, tracks = asked.get("prompt"), asked.get("n", DEFAULT_TRACKS)
        if asked.get("model") not in MODELS:
            return _error(400, "Invalid Request: model")
        if not isinstance(prompt, str) or not 0 < len(prompt) <= LONGEST_PROMPT or "instrumental_id" in asked:
            return _error(400, "Invalid Request: prompt")
        if not isinstance(tracks, int) or not 1 <= tracks <= MOST_TRACKS:
            return _error(400, "Invalid Request: n")
        if self.book.in_flight >= self.book.limit:
            self.book.busy_answers += 1
            return _error(429, "You have reached the limit of concurrent requests of your account.")
        return None

    async def _query(self, request: Request) -> None:
        if unauthorized := _unauthorized(request):
            await _send(request, unauthorized)
            return
        task = self.book.tasks.get(request.path.rpartition("/")[2])
        document = self._document_of(task) if task else {}
        fault = self.book.take_fault("query", request.path)
        if not (fault and await self._faulty(request, fault, document)):
            await _send(request, _json(document) if task else _error(404, "Task not found."))

    async def _billing(self, request: Request) -> None:
        if unauthorized := _unauthorized(request):
            await _send(request, unauthorized)
            return
        spent = sum(3 * task.tracks for task in self.book.tasks.values())
        document = {
            "account_id": 1_234,
            "balance": 10_000 - spent,
            "total_recharge": 10_000,
            "total_spending": spent,
            "concurrent_request_limit": self.book.limit,
        }
        fault = self.book.take_fault("billing", request.path)
        if not (fault and await self._faulty(request, fault, document)):
            await _send(request, _json(document))

    def _document_of(self, task: Task) -> dict[str, Any]:
        status = self.book.status(task)
        document: dict[str, Any] = {
            "id": task.task_id,
            "created_at": int(task.at),
            "model": task.model,
            "status": status,
            "trace_id": f"trace-{task.task_id}",
        }
        if status in {"succeeded", "failed", "timeouted", "cancelled"}:
            document["finished_at"] = int(task.at + self.book.seconds)
        if status == "failed" and task.fate:
            document["failed_reason"] = task.fate.message
        if status == "succeeded" and task.kind != "no_choices":
            document["choices"] = [
                {"index": 0, "id": f"{task.task_id}0", "duration": round(1_000 * task.piece_seconds)}
                | self._addresses(task)
            ]
        return document

    def _addresses(self, task: Task) -> dict[str, str]:
        names: dict[str, Kind] = {"url": "mp3", "flac_url": "flac", "wav_url": "wav"}
        offered = {"no_addresses": [], "only_mp3": ["url"], "only_flac": ["url", "flac_url"]}
        expires = int(time.time() + LINK_SECONDS)
        return {
            name: f"{self.base_url}/files/{task.task_id}.{kind}?expires={expires}"
            for name, kind in names.items()
            if name in offered.get(task.kind, names)
        }

    async def _file(self, request: Request) -> None:
        self.file_headers.append(request.headers)
        task_id, _, extension = request.path.rpartition("/")[2].partition(".")
        self.book.downloads.append(task_id)
        task = self.book.tasks.get(task_id)
        if task is None or extension not in CONTENT_TYPES:
            await _send(request, _error(404, "No such file."))
            return
        if float(request.query.get("expires", ["0"])[0]) < time.time():
            await _send(request, _error(403, "Request has expired."))
            return
        audio = await asyncio.to_thread(music, task_id, task.piece_seconds, task.silent_seconds, extension)
        reply = Reply(200, audio, CONTENT_TYPES[extension])
        fault = self.book.take_fault("download", request.path)
        if not (
            fault and (await _faulty_file(request, fault, reply) or await self._faulty(request, fault, {}))
        ):
            await _send(request, reply)

    async def _faulty(self, request: Request, fault: Fault, document: dict[str, Any]) -> bool:
        """Makes a fault; False if the exchange then goes on as usual."""
        match fault.kind:
            case "status":
                await _send(request, _error(fault.status, fault.message))
            case "raw":
                await _send(request, Reply(fault.status, fault.message.encode(), "text/html"))
            case "slow":
                await asyncio.sleep(fault.seconds)
                return False
            case "hang":
                await request.reader.read()
            case "cut":
                raise _CutError
            case "malformed":
                await _send(request, Reply(200, _json(document).body[:-9] + b"\xff"))
            case "missing":
                document.pop(fault.field, None)
                await _send(request, _json(document))
            case "redirect":
                await _send(request, Reply(302, b"", headers={"Location": fault.location}))
            case _:
                return False
        return True

    # For whoever tests

    async def _tell_book(self, request: Request) -> None:
        await _send(request, _json(self.book.told()))

    async def _take_order(self, request: Request) -> None:
        try:
            faults = [Fault(**fault) for fault in json.loads(request.body)]
        except (TypeError, ValueError) as error:
            await _send(request, _error(400, str(error)))
            return
        self.order(*faults)
        await _send(request, _json({"ordered": len(faults)}))

    async def _forget_orders(self, request: Request) -> None:
        self.book.faults.clear()
        await _send(request, _json({}))


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    split = urlsplit(target)
    return Request(method, split.path, parse_qs(split.query), headers, body, reader, writer)


async def _faulty_file(request: Request, fault: Fault, reply: Reply) -> bool:
    """Sends a file in a wrong way; False if that isn't what the fault is."""
    audio = reply.body
    half = audio[: len(audio) // 2]
    page = b"<!DOCTYPE html><title>Sign in</title>"
    # What is sent, how much is announced (None: the connection's end is the file's), and what comes then.
    ways: dict[str, tuple[bytes, int | None, Callable[[Request], Awaitable[None]]]] = {
        "truncated": (half, len(audio), _end),
        "short": (half, len(half), _end),
        "html": (page, len(page), _end),
        "empty": (b"", 0, _end),
        "stall": (half, len(audio), _wait),
        "trickle": (half, len(audio), _trickle),
        "oversized": (audio, 10**12, _pour),
        "endless": (audio, None, _pour),
        "unframed": (audio, None, _end),
        "piped": (_piped(audio), len(audio), _end),
        "piped_unframed": (_piped(audio), None, _end),
    }
    if fault.kind not in ways:
        return False
    body, announced, then = ways[fault.kind]
    request.writer.write(_head(reply, announced) + body)
    await request.writer.drain()
    await then(request)
    return True


def _piped(audio: bytes) -> bytes:
    """A WAV file that leaves its length open, as programs write it into a pipe."""
    at = audio.find(b"data") + 4
    unknown = b"\xff" * 4
    return audio[:4] + unknown + audio[8:at] + unknown + audio[at + 4 :]


async def _end(_request: Request) -> None:
    """Nothing more."""


async def _wait(request: Request) -> None:
    """Nothing, until the client goes."""
    await request.reader.read()


async def _trickle(request: Request) -> None:
    """A byte now and then."""
    while True:
        request.writer.write(b"\0")
        await request.writer.drain()
        await asyncio.sleep(0.05)


async def _pour(request: Request) -> None:
    """Bytes without end."""
    while True:
        request.writer.write(bytes(_PIECE))
        await request.writer.drain()


async def _send(request: Request, reply: Reply) -> None:
    request.writer.write(_head(reply, len(reply.body)) + reply.body)
    await request.writer.drain()


def _head(reply: Reply, length: int | None) -> bytes:
    headers = {"Content-Type": reply.content_type, "Connection": "close", **reply.headers}
    if length is not None:
        headers["Content-Length"] = str(length)
    lines = [f"HTTP/1.1 {reply.status} Simulated", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _json(document: object) -> Reply:
    return Reply(200, json.dumps(document).encode())


def _error(status: int, message: str) -> Reply:
    body = {"error": {"message": message}, "trace_id": "trace-of-an-error"}
    return Reply(status, json.dumps(body).encode())


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unauthorized(request: Request) -> Reply | None:
    if request.headers.get("authorization") == f"Bearer {API_KEY}":
        return None
    return _error(401, "Invalid Authentication")


async def _serve(simulator: MurekaSimulator) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with simulator:
        sys.stdout.write(json.dumps({"base_url": simulator.base_url}) + "\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    """Runs it as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a task takes")
    parser.add_argument("--limit", type=int, default=1, help="how many tasks may be in flight")
    parser.add_argument("--submit-seconds", type=float, default=0.0, help="how long a submission takes")
    options = parser.parse_args()
    simulator = MurekaSimulator(
        seconds=options.seconds,
        limit=options.limit,
        submit_seconds=options.submit_seconds,
        port=options.port,
    )
    asyncio.run(_serve(simulator))


if __name__ == "__main__":
    main()
