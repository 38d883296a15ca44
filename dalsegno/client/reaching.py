"""What Temporal's service errors mean to users of the client."""

import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from google.protobuf.message import Message
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from dalsegno.errors import NoSuchJobError, SettingsError, UnreachableError
from dalsegno.models import SEARCH_ATTRIBUTES

_AWAY = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
_REFUSED = {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}


@contextmanager
def reaching_temporal(job_id: str | None = None) -> Iterator[None]:
    """Turns the service's errors into the client's.

    Args:
        job_id: the job that is asked about: what isn't found is taken to be it.

    Raises:
        NoSuchJobError: the server knows no such job.
        UnreachableError: the server doesn't answer, or not with what was asked for.
        SettingsError: the server refuses this client, or has no such namespace.
    """
    try:
        yield
    except RPCError as error:
        raise _meaning(error, job_id) from error


@asynccontextmanager
async def reaching_search_attributes(client: Client) -> AsyncIterator[None]:
    """As `reaching_temporal`, around calls that name our search attributes.

    Raises:
        SettingsError: also where the server lacks one of them.
    """
    try:
        yield
    except RPCError as error:
        # The server says no more than that something in the call is wrong.
        if error.status == RPCStatusCode.INVALID_ARGUMENT:
            with reaching_temporal():
                missing = await _missing_search_attributes(client)
            if missing:
                names = " ".join(f"--name {name}" for name in missing)
                raise SettingsError(
                    "The Temporal server lacks search attributes. Register them: temporal operator search-attribute"
                    f" create --namespace {shlex.quote(client.namespace)} {names} --type Keyword"
                ) from error
        raise _meaning(error, None) from error


def _meaning(error: RPCError, job_id: str | None) -> Exception:
    match error.status:
        case RPCStatusCode.NOT_FOUND if _tells(error, NamespaceNotFoundFailure):
            return SettingsError("The Temporal server has no such namespace: check TEMPORAL_NAMESPACE.")
        case RPCStatusCode.NOT_FOUND if job_id is not None:
            return NoSuchJobError(f"There is no job {job_id}.")
        case status if status in _AWAY:
            return UnreachableError(
                "The Temporal server does not answer. Is it running, and is TEMPORAL_ADDRESS right?"
            )
        case status if status in _REFUSED:
            return SettingsError(
                "The Temporal server refuses this client: check TEMPORAL_API_KEY, TEMPORAL_TLS… and TEMPORAL_NAMESPACE."
            )
        case RPCStatusCode.RESOURCE_EXHAUSTED:
            return UnreachableError(
                "The Temporal server has more to do than it may: try again in a moment, or raise its limits."
            )
        case status:
            return UnreachableError(f"The Temporal server answers with {status.name}: {error.message}.")


def _tells(error: RPCError, detail: type[Message]) -> bool:
    return any(each.Unpack(detail()) for each in error.grpc_status.details)


async def _missing_search_attributes(client: Client) -> list[str]:
    """Those of ours that the server doesn't have as keywords."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    there = (await client.operator_service.list_search_attributes(request)).custom_attributes
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    return [name for name in SEARCH_ATTRIBUTES if there.get(name) != keyword]
