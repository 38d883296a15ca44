"""What a worker's log says at its start of the accounts that pay."""

from collections.abc import Mapping

import structlog

from dalsegno.errors import DalSegnoError
from dalsegno.models import PROVIDERS
from dalsegno.ports import TaskProvider

log = structlog.get_logger(__name__)


async def tell_of_accounts(providers: Mapping[str, TaskProvider]) -> None:
    """Says which providers lack a key, what the others' accounts have left, and whether their slots are as many as set.

    No job waits for it, and nothing depends on it.
    """
    for name, how in PROVIDERS.items():
        if how == "task" and name not in providers:
            log.warning(
                "provider_without_key",
                provider=name,
                message=f"Jobs for {name} will fail here: set DALSEGNO_{name.upper()}_API_KEY.",
            )
    for name, provider in providers.items():
        await _tell_of_account(name, provider)


async def _tell_of_account(name: str, provider: TaskProvider) -> None:
    try:
        account = await provider.account()
    except DalSegnoError as error:
        log.warning("provider_account", provider=name, message=str(error))
        return
    there, wanted = account.concurrent_tasks, provider.concurrency
    log.info("provider_account", provider=name, balance=account.balance, concurrent_tasks=there)
    if there is not None and there < wanted:
        log.warning(
            "provider_concurrency",
            provider=name,
            message=f"DALSEGNO_{name.upper()}_CONCURRENCY is {wanted}, but the account has {there}: "
            "some submissions will be refused, and tried again.",
        )
