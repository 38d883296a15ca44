"""Fetches from addresses that others hand out: public hosts only, redirects included.

An address in the answer of a service may lead anywhere, into the machine's own network too. So the host's name is
resolved once, what it leads to is checked, and the connection goes to the very address that was checked: a name that
leads elsewhere a moment later gains nothing. Proxies of the environment are not used, since they resolve names anew.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache

import httpx

from dalsegno.public_internet import is_public

MAX_REDIRECTS = 3

# The addresses of a host, as texts.
Resolve = Callable[[str, int], Awaitable[list[str]]]


@cache
def certificate_authorities() -> ssl.SSLContext:
    """Whom https trusts: SSL_CERT_FILE or SSL_CERT_DIR, else Mozilla's. Read once a process, since they are many."""
    return httpx.create_ssl_context()


class AddressRefusedError(Exception):
    """The address is not one to follow. The message names its host at most: the rest may hold a signature."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the machine's resolver, in the order in which to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class PublicFetcher:
    """Gets what lies at addresses that others hand out.

    Over https alone, to any port, without credentials; certificates are checked against the host's name. A
    connection an exchange, so that none is shared by hosts at the same address.
    """

    def __init__(
        self,
        *,
        timeout: httpx.Timeout,
        trusted: httpx.URL | None = None,
        resolve: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepares.

        Args:
            timeout: for each connection, and for each wait for bytes.
            trusted: a configured base URL: its origin is followed wherever it lies, and over http too.
            resolve: how names become addresses.
            transport: what carries the requests.
        """
        # At its finest, httpcore writes down the headers of answers, and with them where redirects lead.
        logging.getLogger("httpcore").setLevel(logging.INFO)
        self._timeout = timeout.as_dict()
        self._trusted = _origin(trusted) if trusted is not None else None
        self._resolve = resolve
        # The bare transport: a httpx.Client would follow environment and cookies, and log each address.
        self._transport = transport or httpx.AsyncHTTPTransport(
            verify=certificate_authorities(),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @asynccontextmanager
    async def get(self, address: str) -> AsyncIterator[httpx.Response]:
        """The answer behind an address, its body not read yet and as it was sent (no content coding is asked for).

        Raises:
            AddressRefusedError: the address or one that it redirects to is not one to follow.
            httpx.HTTPError: the exchange failed.
        """
        url = _parsed(httpx.URL(), address)
        for _ in range(1 + MAX_REDIRECTS):
            response = await self._ask(url)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
            finally:
                await response.aclose()
            url = _parsed(url, response.headers["Location"])
        raise AddressRefusedError(f"It redirects more than {MAX_REDIRECTS} times.")

    async def close(self) -> None:
        """Ends its connections."""
        await self._transport.aclose()

    async def _ask(self, url: httpx.URL) -> httpx.Response:
        if url.userinfo:
            raise AddressRefusedError("It holds a user name or a password.")
        if _origin(url) == self._trusted:
            return await self._transport.handle_async_request(self._request(url, url))
        failure: httpx.HTTPError = httpx.ConnectError(f"{_host(url)} has no address.")
        for address in await self._public_addresses(url):
            try:
                return await self._transport.handle_async_request(
                    self._request(url, url.copy_with(host=address))
                )
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    def _request(self, url: httpx.URL, target: httpx.URL) -> httpx.Request:
        """A request for `url` that goes to `target`, the same but for the host."""
        return httpx.Request(
            "GET",
            target,
            headers={"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
            extensions={"timeout": self._timeout, "sni_hostname": _host(url)},
        )

    async def _public_addresses(self, url: httpx.URL) -> list[str]:
        if url.scheme != "https":
            raise AddressRefusedError("It is not https.")
        try:
            addresses = await self._resolve(_host(url), url.port or 443)
        except UnicodeError:
            raise AddressRefusedError("Its host's name is not one.") from None
        except OSError:
            raise httpx.ConnectError(f"{_host(url)} could not be resolved.") from None
        if not all(map(is_public, addresses)):
            raise AddressRefusedError(f"{_host(url)} is no host of the public internet.")
        return addresses


def _parsed(base: httpx.URL, address: str) -> httpx.URL:
    try:
        url = base.join(address) if base.host else httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise AddressRefusedError("It can't be read as an address.") from None
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > 65_535:
        raise AddressRefusedError("It is no address on the web.")
    return url


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")
