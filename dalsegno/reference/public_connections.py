"""Keeps a process within the public internet: for one that follows addresses which others hand out.

Redirects, the addresses in a site's answers and names that lead elsewhere a moment later end in the same place: a
connection to an IP address. There each is looked at, whichever library makes it.
"""

import sys
from collections.abc import Collection

from dalsegno.public_internet import is_public

# Where a connection goes: an IP address and a port.
Endpoint = tuple[str, int]

_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class ConnectionRefusedHereError(OSError):
    """The address is not one of the public internet."""


class PublicConnections:
    """The guard of a process, for the rest of its life.

    Attributes:
        refused: whether a connection was refused; libraries may make another error of it.
    """

    def __init__(self, reachable: Collection[Endpoint] = ()) -> None:
        """Prepares.

        Args:
            reachable: what may be connected to though it isn't public: a configured proxy, say.
        """
        self.refused = False
        self._reachable = frozenset(reachable)

    def guard(self) -> None:
        """From now on the process connects to the public internet alone. There is no way back."""
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _EVENTS and not self._may_connect(arguments[1]):
            self.refused = True
            raise ConnectionRefusedHereError("The address is not one of the public internet.")

    def _may_connect(self, address: object) -> bool:
        # A name instead of an IP address is resolved only behind this point, and a path is a socket of the machine.
        if not isinstance(address, tuple):
            return address is None  # of a connection that was looked at before
        host, port = str(address[0]), int(address[1])
        return (host, port) in self._reachable or is_public(host)
