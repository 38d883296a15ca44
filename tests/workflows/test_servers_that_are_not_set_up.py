"""What the client says of a Temporal server that answers, but isn't ready for it."""

from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from dalsegno.client import MusicClient
from dalsegno.errors import SettingsError
from dalsegno.models import SEARCH_ATTRIBUTES
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def client_of(server: EmbeddedServer, harness: Harness, namespace: str) -> MusicClient:
    """The Python client in a namespace of its own."""
    temporal = await Client.connect(server.address, namespace=namespace, plugins=[DalSegnoPlugin()])
    return MusicClient(temporal, harness.store, harness.settings)


async def test_a_namespace_that_is_not_there_is_named_as_the_setting_that_is_wrong(
    server: EmbeddedServer, harness: Harness
) -> None:
    """Whatever is asked for: it is never taken for a job that is not there."""
    client = await client_of(server, harness, "nowhere")
    wrong = pytest.raises(SettingsError, match="TEMPORAL_NAMESPACE")
    with wrong:
        await client.start(a_request(job_id="there"))
    with wrong:
        await client.start(a_request())
    with wrong:
        await client.job("there").status()
    with wrong:
        [job async for job in client.list()]
    with wrong:
        await client.plan_retry("there")
    with wrong:
        await client.worker_is_there()


async def test_a_server_without_the_search_attributes_gets_the_command_that_registers_them(
    server: EmbeddedServer, harness: Harness, temporal: Client
) -> None:
    """For starting as for listing."""
    retention = Duration(seconds=int(timedelta(days=1).total_seconds()))
    await temporal.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace="bare", workflow_execution_retention_period=retention)
    )
    client = await client_of(server, harness, "bare")
    names = " ".join(f"--name {name}" for name in SEARCH_ATTRIBUTES)
    command = f"temporal operator search-attribute create --namespace bare {names} --type Keyword"
    with pytest.raises(SettingsError, match=command):
        await client.start(a_request())
    with pytest.raises(SettingsError, match=command):
        [job async for job in client.list(customer_id="acme")]
