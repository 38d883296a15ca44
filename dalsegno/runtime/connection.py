"""Which Temporal server to talk to, and the connection to it."""

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from dalsegno.errors import SettingsError, UnreachableError
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.stack_state import running_stack
from dalsegno.settings import Settings, temporal_address_is_set


async def connect(settings: Settings) -> Client:
    """Connects to the server that the environment names, else to the embedded one of this home, else by profile.

    Raises:
        SettingsError: a Temporal setting is wrong.
        UnreachableError: no server answers.
    """
    try:
        config = ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        raise SettingsError(f"The Temporal settings can't be read: {error}") from error
    stack = None if temporal_address_is_set() else running_stack(settings.resolved_home)
    if stack:
        config["target_host"] = stack.temporal_address
        config.pop("tls", None)
        config.pop("api_key", None)
        config["namespace"] = "default"
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
