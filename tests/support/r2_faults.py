"""R2's faults to order: a local server that answers as R2 does when something is wrong, and else passes on."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# In seconds: no test waits for longer, and none that fails leaves a thread behind for longer.
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of, or besides, being answered.

    Attributes:
        status: with `code`, the answer, as R2's XML; the request gets no further.
        is_dropped: the connection ends without an answer; the request gets no further.
        is_lost: the request takes effect, but its answer never comes.
        cut: so many bytes of the answer's body come, then the connection ends.
        is_corrupt: one bit of the answer's body is another.
        is_garbled: one bit of what the request brings is another.
        is_unranged: the answer doesn't say which range it brings.
        until: the request gets no further before this.
        unread_until: of the request no more than the head is read before this.
    """

    status: int = 0
    code: str = ""
    is_dropped: bool = False
    is_lost: bool = False
    cut: int | None = None
    is_corrupt: bool = False
    is_garbled: bool = False
    is_unranged: bool = False
    until: threading.Event | None = None
    unread_until: threading.Event | None = None


@dataclass
class R2Faults:
    """The server. What is not ordered to fail goes on to another one, signature and all.

    Attributes:
        address: where what passes goes; without one it finds nothing.
        operations: what was asked for, by S3's names, in order.
        answered: which of that were answered.
        part_sizes: of the parts that came, in bytes.
    """

    address: str = ""
    endpoint_url: str = ""
    operations: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    part_sizes: dict[int, int] = field(default_factory=dict)
    _orders: list[tuple[str, Fault]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, operation: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """Lets the next requests for an operation fail, once some have passed."""
        self._orders += [(operation, Fault())] * after + [(operation, fault)] * times

    def take(self, operation: str) -> Fault:
        """What happens to a request."""
        with self._lock:
            self.operations.append(operation)
            for number, (name, fault) in enumerate(self._orders):
                if name == operation:
                    del self._orders[number]
                    return fault
        return Fault()

    @contextmanager
    def running(self) -> Iterator["R2Faults"]:
        """The server, as long as the block runs."""
        faults = self

        class Handler(_Handler):
            server_faults = faults

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.endpoint_url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_faults: R2Faults
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        try:
            self._answer_or_fail()
        except ConnectionError:  # whoever asked has gone, or whoever should answer
            self.close_connection = True

    def _answer_or_fail(self) -> None:
        self.operation = _operation(self.command, self.path, self.headers)
        fault = self.server_faults.take(self.operation)
        if fault.unread_until:
            fault.unread_until.wait(_LONGEST_WAIT)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.operation == "UploadPart":
            number = parse_qs(urlsplit(self.path).query)["partNumber"][0]
            self.server_faults.part_sizes[int(number)] = len(body)
        if fault.is_garbled:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if fault.until:
            fault.until.wait(_LONGEST_WAIT)
        if fault.is_dropped:
            self.close_connection = True
        elif fault.status or not self.server_faults.address:
            text = f"<Error><Code>{fault.code}</Code><Message>Told so.</Message></Error>".encode()
            self._answer(fault.status or 404, [("Content-Type", "application/xml")], text)
        else:
            self._pass_on(body, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815  # the names that the base class looks for

    def _pass_on(self, body: bytes, fault: Fault) -> None:
        with closing(http.client.HTTPConnection(urlsplit(self.server_faults.address).netloc)) as other:
            other.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                other.putheader(name, value)
            other.endheaders(body)
            with other.getresponse() as answer:
                content = answer.read()
        if fault.is_lost:
            self.close_connection = True
            return
        if fault.is_corrupt:
            content = content[:-1] + bytes([content[-1] ^ 1])
        dropped = {"content-length", "transfer-encoding", "connection"}
        if fault.is_unranged:
            dropped.add("content-range")
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in dropped]
        if self.command == "HEAD":
            headers.append(("Content-Length", answer.getheader("Content-Length") or "0"))
        self._answer(answer.status, headers, content, cut=fault.cut)

    def _answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, cut: int | None = None
    ) -> None:
        self.server_faults.answered.append(self.operation)
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Says nothing."""


def _operation(method: str, path: str, headers: Message) -> str:
    parts = urlsplit(path)
    query = parse_qs(parts.query, keep_blank_values=True)
    if "list-type" in query:
        return "ListObjectsV2"
    if "uploads" in query:
        return "CreateMultipartUpload" if method == "POST" else "ListMultipartUploads"
    if "uploadId" in query:
        return {
            "PUT": "UploadPart",
            "POST": "CompleteMultipartUpload",
            "DELETE": "AbortMultipartUpload",
            "GET": "ListParts",
        }[method]
    if method == "HEAD" and "/" not in parts.path.strip("/"):
        return "HeadBucket"
    if "x-amz-copy-source" in headers:
        return "CopyObject"
    return {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}[method]
