"""Addresses that others hand out are followed to public hosts alone, redirects included."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalsegno.providers.public_addresses import AddressRefusedError, PublicFetcher, resolve
from dalsegno.public_internet import is_public
from tests.support.tcp_listener import tcp_listener

TIMEOUT = httpx.Timeout(20)
PUBLIC, PUBLIC_IPV6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

CLOSED = [
    "0.0.0.0",  # noqa: S104 - is refused
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "1",
    "2130706433",
    "0177.0.0.1",
    "93.184.215.14/32",
]


class Answers(httpx.AsyncBaseTransport):
    """Answers in the order given, and remembers what was asked: the way to the network, without the network."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See AsyncBaseTransport."""
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def resolving(**hosts: Sequence[str]) -> PublicFetcher:
    """A fetcher in a world of these hosts, whose every request is answered by `200`."""
    return fetcher_of(Answers(*[httpx.Response(200) for _ in range(9)]), **hosts)


def fetcher_of(transport: Answers, **hosts: Sequence[str]) -> PublicFetcher:
    """A fetcher in a world of these hosts (an underscore stands for a dot)."""
    world = {name.replace("_", "."): list(addresses) for name, addresses in hosts.items()}

    async def look_up(host: str, _port: int) -> list[str]:
        if host not in world:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return world[host]

    return PublicFetcher(timeout=TIMEOUT, resolve=look_up, transport=transport)


def moved(location: str, status: int = 302) -> httpx.Response:
    """A redirect."""
    return httpx.Response(status, headers={"Location": location})


async def status_of(fetcher: PublicFetcher, address: str) -> int:
    """What lies at an address."""
    async with fetcher.get(address) as response:
        return response.status_code


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_the_open_internet_is_not_public(address: str) -> None:
    """Private, local, shared, documentation, multicast, reserved, and whatever wraps an IPv4 address."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, PUBLIC_IPV6, "1.1.1.1", "172.32.0.1", "223.255.255.254", "2a00::1"]
)
def test_the_open_internet_is_public(address: str) -> None:
    """As the servers of a service are."""
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_is_public_that_python_takes_for_private(address: IPv4Address | IPv6Address) -> None:
    """Two tables of the same registries."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_IPV6])
async def test_the_connection_goes_to_the_address_that_was_checked(address: str) -> None:
    """By number: no second look-up can lead elsewhere. The host's name stays in the request and the handshake."""
    transport = Answers(httpx.Response(200))
    fetcher = fetcher_of(transport, files_example_com=[address])
    assert await status_of(fetcher, "https://files.example.com:8443/a.wav?signature=1") == 200
    (request,) = transport.requests
    assert (request.url.host, request.url.port, request.url.scheme) == (address, 8443, "https")
    assert request.url.raw_path == b"/a.wav?signature=1"
    assert request.headers["Host"] == "files.example.com:8443"
    assert request.extensions["sni_hostname"] == "files.example.com"
    assert "Authorization" not in request.headers


async def test_a_name_is_looked_up_once() -> None:
    """What was checked is what is used, whatever the name leads to a moment later."""
    looked_up: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return [PUBLIC] if len(looked_up) == 1 else ["127.0.0.1"]

    transport = Answers(httpx.Response(200))
    fetcher = PublicFetcher(timeout=TIMEOUT, resolve=rebinding, transport=transport)
    assert await status_of(fetcher, "https://rebind.example.com/") == 200
    assert looked_up == ["rebind.example.com"]
    assert transport.requests[0].url.host == PUBLIC


async def test_the_handshake_names_the_host_and_checks_its_certificate() -> None:
    """On a real connection: the host's name, not the number, is what the server is asked to prove."""
    hello = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.extend(await reader.read(4_096))

    class Rerouted(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert request.url.host == PUBLIC
            request.url = request.url.copy_with(host="127.0.0.1", port=port)
            return await super().handle_async_request(request)

    async def look_up(_host: str, _port: int) -> list[str]:
        return [PUBLIC]

    async with tcp_listener(listen) as port:
        fetcher = PublicFetcher(timeout=TIMEOUT, resolve=look_up, transport=Rerouted())
        with pytest.raises(httpx.ConnectError):
            await status_of(fetcher, "https://files.example.com/")
        await fetcher.close()
    assert b"files.example.com" in hello
    assert PUBLIC.encode() not in hello


async def test_the_next_address_of_a_host_is_tried_when_one_cannot_be_reached() -> None:
    """Not every machine has IPv6."""
    transport = Answers(httpx.ConnectError("no route"), httpx.Response(200))
    fetcher = fetcher_of(transport, files_example_com=[PUBLIC_IPV6, PUBLIC])
    assert await status_of(fetcher, "https://files.example.com/") == 200
    assert [request.url.host for request in transport.requests] == [PUBLIC_IPV6, PUBLIC]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC_IPV6]])
async def test_a_host_is_refused_if_any_of_its_addresses_is_not_public(addresses: list[str]) -> None:
    """A mixture is a trick."""
    transport = Answers()
    with pytest.raises(AddressRefusedError, match="is no host of the public internet"):
        await status_of(fetcher_of(transport, inside_example_com=addresses), "https://inside.example.com/")
    assert transport.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "0",
        "0.0.0.0",  # noqa: S104 - is refused
    ],
)
async def test_no_spelling_leads_into_the_machine_or_its_network(host: str) -> None:
    """By the machine's own resolver, which reads numbers in many ways."""
    transport = Answers()
    fetcher = PublicFetcher(timeout=TIMEOUT, resolve=resolve, transport=transport)
    with pytest.raises((AddressRefusedError, httpx.ConnectError)):
        await status_of(fetcher, f"https://{host}/")
    assert transport.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "files.example.com/a",
        "//files.example.com/a",
        "https://",
        "https:///a",
        "http://files.example.com/",
        "ftp://files.example.com/",
        "file:///etc/passwd",
        "gopher://files.example.com/",
        "https://user:password@files.example.com/",
        "https://user@files.example.com/",
        "https://127.0.0.1@files.example.com/",
        "https://files.example.com:port/",
        "https://files.example.com:99999/",
        "https://files.example.com\x00/",
        "https://files example com/",
        "https://" + "a" * 70 + ".example.com/",
        "https://" + "x" * 70_000,
    ],
)
async def test_an_address_of_another_kind_is_refused(address: str) -> None:
    """Over https alone, without credentials, and readable."""
    transport = Answers()
    fetcher = fetcher_of(transport, files_example_com=[PUBLIC])
    with pytest.raises((AddressRefusedError, httpx.ConnectError)):
        await status_of(fetcher, address)
    assert transport.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://inside.example.com/",
        "http://files.example.com/",
        "//127.0.0.1/",
        "https://u:p@files.example.com/",
        "https://[::1",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(location: str, status: int) -> None:
    """The service's own servers may be led astray."""
    transport = Answers(moved(location, status))
    hosts = {"files_example_com": [PUBLIC], "inside_example_com": ["10.0.0.1"]}
    hosts |= {"127_0_0_1": ["127.0.0.1"], "169_254_169_254": ["169.254.169.254"], "2130706433": ["127.0.0.1"]}
    with pytest.raises(AddressRefusedError):
        await status_of(fetcher_of(transport, **hosts), "https://files.example.com/a")
    assert len(transport.requests) == 1


async def test_redirects_are_followed_by_name_three_times_and_no_more() -> None:
    """Relative ones belong to the host's name, not to its number."""
    transport = Answers(moved("/b"), moved("https://other.example.com/c"), moved("d"), httpx.Response(200))
    world = {"files_example_com": [PUBLIC], "other_example_com": ["1.1.1.1"]}
    assert await status_of(fetcher_of(transport, **world), "https://files.example.com/a") == 200
    assert [
        (request.headers["Host"], request.url.host, request.url.path) for request in transport.requests
    ] == [
        ("files.example.com", PUBLIC, "/a"),
        ("files.example.com", PUBLIC, "/b"),
        ("other.example.com", "1.1.1.1", "/c"),
        ("other.example.com", "1.1.1.1", "/d"),
    ]
    endless = Answers(*[moved("/a") for _ in range(9)])
    with pytest.raises(AddressRefusedError, match="more than 3 times"):
        await status_of(fetcher_of(endless, **world), "https://files.example.com/a")
    assert len(endless.requests) == 4


async def test_the_trusted_origin_alone_is_followed_wherever_it_lies() -> None:
    """Who configured it knows; another port or scheme is another origin."""
    trusted = httpx.URL("http://127.0.0.1:8080/mureka")
    transport = Answers(httpx.Response(200))
    fetcher = PublicFetcher(timeout=TIMEOUT, trusted=trusted, transport=transport)
    assert await status_of(fetcher, "http://127.0.0.1:8080/files/a") == 200
    for address in ("http://127.0.0.1:8081/", "https://127.0.0.1:8080/", "http://127.0.0.1/"):
        with pytest.raises(AddressRefusedError):
            await status_of(fetcher, address)
    with pytest.raises(AddressRefusedError):
        await status_of(fetcher, "http://u:p@127.0.0.1:8080/")
    assert len(transport.requests) == 1


async def test_the_trusted_origin_leads_nobody_else_inside() -> None:
    """Its redirects are as suspicious as any."""
    transport = Answers(moved("http://127.0.0.1:9/"))
    fetcher = PublicFetcher(timeout=TIMEOUT, trusted=httpx.URL("http://127.0.0.1:8080"), transport=transport)
    with pytest.raises(AddressRefusedError):
        await status_of(fetcher, "http://127.0.0.1:8080/")
    assert len(transport.requests) == 1


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up anew."""
    through_proxy: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        through_proxy.append(await reader.readline())

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with tcp_listener(proxy) as proxy_port, tcp_listener(listen) as port:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy_port}")
        fetcher = PublicFetcher(timeout=TIMEOUT, trusted=httpx.URL(f"http://127.0.0.1:{port}"))
        assert await status_of(fetcher, f"http://127.0.0.1:{port}/") == 200
        await fetcher.close()
    assert through_proxy == []


async def test_a_refusal_does_not_show_the_address() -> None:
    """It may hold a signature, by which anyone gets what lies there."""
    for address in ("https://inside.example.com/a?signature=xyz", "http://files.example.com/?signature=xyz"):
        with pytest.raises(AddressRefusedError) as raised:
            await status_of(resolving(inside_example_com=["10.0.0.1"]), address)
        assert "signature" not in str(raised.value)
    with pytest.raises(httpx.ConnectError) as unknown:
        await status_of(resolving(), "https://nowhere.example.com/?signature=xyz")
    assert "signature" not in str(unknown.value)
