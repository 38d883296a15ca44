"""Which Temporal server to talk to, and the connection to it."""

from collections.abc import Mapping

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.service import RPCError

from dalsegno.errors import SettingsError, UnreachableError
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.stack_state import running_stack
from dalsegno.settings import Settings, temporal_variables


async def connect(settings: Settings) -> Client:
    """Connects to the server that the environment names, else to the embedded one of this home, else by profile.

    Raises:
        SettingsError: a Temporal setting is wrong.
        UnreachableError: no server answers.
    """
    variables = temporal_variables()
    stack = None if "TEMPORAL_ADDRESS" in variables else running_stack(settings.resolved_home)
    # Nothing that is meant for another server, a key or a namespace, goes to the embedded one.
    config = ClientConnectConfig(target_host=stack.temporal_address) if stack else _configured(variables)
    address = config.get("target_host")
    if not address:
        raise UnreachableError(
            "No Temporal server is running here: start one with `dalsegno up`, or set TEMPORAL_ADDRESS."
        )
    try:
        return await Client.connect(**config, plugins=[DalSegnoPlugin()])
    except (RuntimeError, RPCError) as error:
        raise UnreachableError(
            f"The Temporal server at {address} can't be reached. Is it running, and is TEMPORAL_ADDRESS right?"
        ) from error


def _configured(variables: Mapping[str, str]) -> ClientConnectConfig:
    """What the variables say, and the profile that they choose."""
    try:
        return ClientConfig.load_client_connect_config(override_env_vars=variables)
    except (RuntimeError, ValueError, OSError) as error:
        raise SettingsError(f"The Temporal settings can't be read: {error}") from error
