"""The servers that tests start: they find ports of their own, and keep them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import postgresql, seaweedfs
from tests.support.ports import free_ports
from tests.support.postgresql import postgresql_server
from tests.support.seaweedfs import SeaweedFS


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody else listens at a port, as long as the block runs."""
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_ports_are_none_that_a_client_is_given() -> None:
    """Any connection of any program would take those while the server is away."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = free_ports(10)
    assert len(set(ports)) == 10
    assert max(ports) < first


async def test_postgresql_finds_another_port_and_then_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is taken as soon as it was found; the second one while the server is away."""
    found = iter([first := free_ports(1), second := free_ports(1)])
    monkeypatch.setattr(postgresql, "free_ports", lambda _count: next(found))
    with taken(first[0]), postgresql_server() as server:
        assert [server.port] == second
        server.stop()
        with taken(server.port):
            starting = asyncio.create_task(asyncio.to_thread(server.start))
            await asyncio.sleep(0.5)
            assert not starting.done()
        await starting
        assert [server.port] == second
        assert server.sql("SELECT 1") == "1"


async def test_seaweedfs_finds_other_ports_and_then_keeps_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first ones are taken as soon as they were found; the second ones while the server is away."""
    found = iter([first := free_ports(10), second := free_ports(10)])
    monkeypatch.setattr(seaweedfs, "free_ports", lambda _count: next(found))
    server = SeaweedFS(tmp_path)
    try:
        with taken(first[2]):
            server.start()
        address = server.endpoint_url
        assert address == f"http://127.0.0.1:{second[6]}"
        await asyncio.to_thread(server.stop)
        with taken(second[6]):
            starting = asyncio.create_task(asyncio.to_thread(server.start))
            await asyncio.sleep(0.5)
            assert not starting.done()
        await starting
        assert server.endpoint_url == address
        with server.bucket() as bucket:
            assert bucket
    finally:
        server.stop()
