"""The departure of a request that is paid for: the last look at the clock and the write are one step.

A process may be frozen at any moment, and wake up when a person has long ordered another payment. Between a look at the
clock and a write through the usual layers other work of the process has its turn; here there is nothing between them
but the write itself.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpcore
import httpx

# As httpcore has it: level, option, value.
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class TooLateError(Exception):
    """The time until which the request may leave is over; it did not."""


class Departure:
    """Lets one request leave.

    Attributes:
        at: when its body began to leave; None as long as nothing can have been accepted.
        stopped_by: why it was not let go.
    """

    def __init__(self, about_to_send: Callable[[], Awaitable[datetime]]) -> None:
        self._about_to_send = about_to_send
        self._until: datetime | None = None
        self.at: datetime | None = None
        self.stopped_by: Exception | None = None

    async def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        """Hears how the request gets on: httpcore's extension `trace`."""
        # The connection stands, and without its body, which leaves next, nobody can accept the request.
        if event == "http11.send_request_body.started":
            try:
                self._until = await self._about_to_send()
            except Exception as error:
                self.stopped_by = error
                raise

    def leave(self) -> None:
        """Looks at the clock, right before a write.

        Raises:
            TooLateError: it is too late for the body.
        """
        if self._until is None or self.at is not None:  # headers, or the body's rest
            return
        now = datetime.now(UTC)
        if now >= self._until:
            self.stopped_by = TooLateError()
            raise self.stopped_by
        self.at = now


class DepartureTransport(httpx.AsyncHTTPTransport):
    """The connection of one request, which leaves as its departure says. Retries nothing, redirects nowhere."""

    def __init__(
        self, departure: Departure, verify: ssl.SSLContext, socket_options: Iterable[SocketOption]
    ) -> None:
        super().__init__(verify=verify)
        # httpx has no parameter for it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_Backend(departure.leave),
            socket_options=socket_options,
        )


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, before_write: Callable[[], None]) -> None:
        self._before_write = before_write

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        local = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(
                    host, port, local_addr=local, happy_eyeballs_delay=0.25
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        connected: socket.socket = writer.get_extra_info("socket")
        for option in socket_options or ():
            connected.setsockopt(*option)
        return _Stream(reader, writer, self._before_write)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before_write: Callable[[], None]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._before_write = before_write

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        self._before_write()
        self._writer.write(buffer)  # hands it to the system at once, in this very step
        try:
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._writer.transport.abort()  # nothing is left to be said
        with suppress(OSError):
            await self._writer.wait_closed()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            await self.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._writer.get_extra_info("ssl_object") if info == "ssl_object" else None
