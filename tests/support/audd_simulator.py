"""AudD as a local HTTP server, which notes what it is asked and answers to order."""

import io
import json
import threading
import wave
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

API_TOKEN = "audd-test-token-0123456789"  # noqa: S105  (a simulator's own)
LONGEST_SECONDS = 12.0

SONG = {
    "artist": "Edvard Grieg",
    "title": "Morning Mood",
    "album": "Peer Gynt Suite No. 1",
    "release_date": "1888-01-01",
    "label": "Peters",
    "timecode": "00:56",
    "song_link": "https://lis.tn/morning-mood",
}


@dataclass(frozen=True)
class Answer:
    """What is answered instead: a status and a body; `cut` ends the connection in the midst of it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def success(result: Any) -> Answer:
    """AudD's answer that it found this."""
    return Answer(body=json.dumps({"status": "success", "result": result}).encode())


def error(code: object, message: str = "No.", status: int = 200) -> Answer:
    """AudD's answer that it did not."""
    told = {"status": "error", "error": {"error_code": code, "error_message": message}}
    return Answer(status, json.dumps(told).encode())


@dataclass(frozen=True)
class Question:
    """What it was asked: the fields of the form, the length of the audio in seconds, and the headers."""

    fields: dict[str, str]
    seconds: float
    headers: dict[str, str]


class AuddSimulator:
    """The server. Without orders it knows one song, `SONG`, whatever the audio is, and its token.

    Attributes:
        answers: what is answered to the next questions, one each.
        questions: what it was asked.
        silent: it takes questions and doesn't answer.
    """

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.questions: list[Question] = []
        self.silent = False
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def base_url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, question: Question) -> Answer:
        """What a question is answered with."""
        if self.answers:
            return self.answers.pop(0)
        if question.fields.get("api_token") != API_TOKEN:
            return error(900, "Recognition failed: authorization failed: wrong api_token.")
        if not 0 < question.seconds <= LONGEST_SECONDS:
            return error(400, "The audio file is too big.")
        return success(SONG)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = _question(self)
                simulator.questions.append(question)
                if simulator.silent:
                    simulator._over.wait()
                    return
                answer = simulator.answer(question)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + answer.cut))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Nothing is said."""

        return Handler


def _question(handler: BaseHTTPRequestHandler) -> Question:
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = handler.rfile.read(int(headers["content-length"]))
    whole = b"Content-Type: " + headers["content-type"].encode() + b"\r\n\r\n" + body
    fields, seconds = {}, 0.0
    for part in BytesParser(policy=HTTP).parsebytes(whole).iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = part.get_param("name", header="content-disposition")
        if name == "file":
            with wave.open(io.BytesIO(content)) as audio:
                seconds = audio.getnframes() / audio.getframerate()
        else:
            fields[str(name)] = content.decode()
    return Question(fields, seconds, headers)
