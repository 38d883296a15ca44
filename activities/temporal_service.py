"""Temporal's own service, as activities use it."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

# Answers that no second try will change.
_FINAL = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.UNIMPLEMENTED,
}


@contextmanager
def temporal_service() -> Iterator[None]:
    """Lets what may heal be retried, and what won't fail at once.

    Raises:
        ApplicationError: the service refused or didn't answer.
    """
    try:
        yield
    except RPCError as error:
        raise ApplicationError(
            f"The Temporal server answered {error.status.name}.",
            type="TemporalService",
            non_retryable=error.status in _FINAL,
        ) from error


def is_missing(error: RPCError) -> bool:
    """Whether the server says that there is no such workflow (any more)."""
    return error.status == RPCStatusCode.NOT_FOUND
