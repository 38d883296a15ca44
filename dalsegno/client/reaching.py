"""What Temporal's service errors mean to users of the client."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError, RPCStatusCode

from dalsegno.errors import NoSuchJobError, SettingsError, UnreachableError

_AWAY = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
_REFUSED = {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}


@contextmanager
def reaching_temporal(job_id: str | None = None) -> Iterator[None]:
    """Turns the service's errors into the client's.

    Raises:
        NoSuchJobError: the server knows no such job.
        UnreachableError: the server doesn't answer.
        SettingsError: the server refuses this client.
    """
    try:
        yield
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND and job_id is not None:
            raise NoSuchJobError(f"There is no job {job_id}.") from error
        if error.status in _AWAY:
            raise UnreachableError(
                "The Temporal server does not answer. Is it running, and is TEMPORAL_ADDRESS right?"
            ) from error
        if error.status in _REFUSED:
            raise SettingsError(
                "The Temporal server refuses this client: check TEMPORAL_API_KEY, TEMPORAL_TLS… and TEMPORAL_NAMESPACE."
            ) from error
        raise
