"""All workers of a namespace use one database: two were two ledgers, and a job could be paid for by each."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from dalsegno.errors import DatabaseUnavailable, SettingsError
from dalsegno.runtime.schedule import SCHEDULE_ID, schedule_housekeeping

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 5.0


async def compare_databases(client: Client, identity: Callable[[], Awaitable[str]]) -> None:
    """Returns as soon as it is known that this worker's database is that of all workers of the namespace.

    The first worker of a namespace notes its database there, together with the housekeeping. While the database or
    Temporal doesn't answer, they are asked again.

    Args:
        client: a connection to the namespace.
        identity: asks the database for its identity.

    Raises:
        SettingsError: it is another one, or the database needs a person.
    """
    while (is_theirs := await _is_theirs(client, identity)) is None:  # noqa: ASYNC110  (servers come back unannounced)
        await asyncio.sleep(_AGAIN_SECONDS)
    if not is_theirs:
        namespace = f" --namespace {client.namespace}" if client.namespace != "default" else ""
        raise SettingsError(
            f"This worker's database is not the one of the other workers of the namespace {client.namespace}: "
            "set DALSEGNO_DATABASE_URL to theirs, or, if the database was replaced on purpose, end all workers, run "
            f"`temporal schedule delete{namespace} --schedule-id {SCHEDULE_ID}`, and start them again."
        )


async def _is_theirs(client: Client, identity: Callable[[], Awaitable[str]]) -> bool | None:
    """None is not known yet."""
    try:
        own = await identity()
        return await schedule_housekeeping(client, own) == own
    except DatabaseUnavailable as error:
        log.warning("database_not_compared", message=str(error))
    except RPCError as error:
        log.warning("database_not_compared", schedule=SCHEDULE_ID, status=error.status.name)
    return None
