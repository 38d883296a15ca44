"""The embedded Temporal server: the real one, as a child, with its database in a file of the home."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from dalsegno.errors import StackError
from dalsegno.models import SEARCH_ATTRIBUTES
from dalsegno.runtime.child import Child
from dalsegno.settings import temporal_variables

# The server itself would forget closed workflows after a day, and the dead letters with them.
RETENTION = timedelta(days=30)
READY_SECONDS = 30.0

# Without fairness a customer with one job waits behind another one's thousand.
_DYNAMIC_CONFIG = (
    "matching.enableFairness=true",
    "matching.useNewMatcher=true",
    'history.transferProcessorUpdateAckInterval="2s"',
)
# Without a write-ahead log the server's database is slower by an order of magnitude.
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


class EmbeddedServer:
    """A Temporal server of this home, with Web UI, on free ports of 127.0.0.1."""

    def __init__(self, child: Child, port: int, ui_port: int) -> None:
        self.child = child
        self.ports = port, ui_port
        self.address = f"127.0.0.1:{port}"
        self.web_ui = f"http://127.0.0.1:{ui_port}"

    @classmethod
    async def start(
        cls, home: Path, *, holding: Sequence[int] = (), ports: tuple[int, int] | None = None
    ) -> "EmbeddedServer":
        """Starts the server and waits until it is ready.

        Args:
            home: the folder of its database and its log.
            holding: descriptors that stay open, for their locks, until it has ended.
            ports: those of the server and of its Web UI, where it is to be found as before; by default free ones.

        Raises:
            StackError: it ended, or is not ready after `READY_SECONDS`.
        """
        port, ui_port = ports or _free_ports(2)
        options = [
            f"--port={port}",
            f"--ui-port={ui_port}",
            # Within its own folder: it makes an address of the name, where ?, # and % would have a meaning.
            "--db-filename=temporal.db",
            *(f"--sqlite-pragma={pragma}" for pragma in _PRAGMAS),
            *(f"--dynamic-config-value={value}" for value in _DYNAMIC_CONFIG),
            *(f"--search-attribute={name}=Keyword" for name in SEARCH_ATTRIBUTES),
            "--ip=127.0.0.1",
            "--log-level=error",
        ]
        child = await Child.start(
            "Temporal server",
            [Path(sys.executable).parent / "temporal", "server", "start-dev", *options],
            log=home / "temporal.log",
            grace_seconds=5,
            environment=environment_without_servers(),
            folder=home,
            holding=holding,
        )
        server = cls(child, port, ui_port)
        try:
            await server._become_ready()
        except BaseException:
            await child.stop()
            raise
        return server

    async def _become_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self.child.running:
                    try:
                        await _set_retention(await Client.connect(self.address))
                    except (RuntimeError, RPCError):
                        await asyncio.sleep(0.1)
                    else:
                        return
        except TimeoutError:
            pass
        raise StackError(f"The Temporal server did not start: see {self.child.log}.")


def environment_without_servers() -> dict[str, str]:
    """This program's environment without any Temporal server that it, a `.env` or a profile file names."""
    empty = dict.fromkeys(temporal_variables(), "")
    return os.environ | empty | {"TEMPORAL_CONFIG_FILE": os.devnull}


async def _set_retention(client: Client) -> None:
    wanted = Duration(seconds=int(RETENTION.total_seconds()))
    namespace = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    if namespace.config.workflow_execution_retention_ttl != wanted:
        config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(namespace=client.namespace, config=config)
        )


def _free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
