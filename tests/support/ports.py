"""Ports for servers that tests start."""

import random
import socket
from collections.abc import Sequence
from pathlib import Path


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that are free now: random ones, below those that clients are given.

    A port that the system gives away by itself, for a connection of any program, may be taken while its server is
    away. These are only taken by who asks for them.
    """
    begin = _first_given_away()
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(begin // 2, begin)  # noqa: S311  # no secret
        if port not in found and are_free([port]):
            found.append(port)
    return found


def are_free(ports: Sequence[int]) -> bool:
    """Whether a server could listen at all of these ports now."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _first_given_away() -> int:
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
