"""Temporal's own service, as activities use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.client import WorkflowExecutionDescription
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from dalsegno.models import WORKFLOW_TYPE

# Answers that no second try will change.
_FINAL = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.UNIMPLEMENTED,
}

_RPC_TIMEOUT = timedelta(seconds=10)


class GoneError(ApplicationError):
    """What was asked about is not there any more, as it may happen between two questions. Asking anew tells more."""

    def __init__(self) -> None:
        super().__init__("What was asked about has gone meanwhile.", type="TemporalService")


@contextmanager
def temporal_service() -> Iterator[None]:
    """Lets what may heal be retried, and what won't fail at once.

    Raises:
        GoneError: the service doesn't know what it was asked about.
        ApplicationError: the service refused or didn't answer.
    """
    try:
        yield
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            raise GoneError from error
        raise ApplicationError(
            f"The Temporal server answered {error.status.name}.",
            type="TemporalService",
            non_retryable=error.status in _FINAL,
        ) from error


async def describe(job_id: str, *, within: timedelta = _RPC_TIMEOUT) -> WorkflowExecutionDescription | None:
    """The current run of a job, or None: Temporal knows no such job (any more).

    What runs under the id but is no job of ours is none either: namespaces are shared.

    Args:
        job_id: the job.
        within: how long the service may take to answer.
    """
    with temporal_service():
        try:
            found = await activity.client().get_workflow_handle(job_id).describe(rpc_timeout=within)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
    return found if found.workflow_type == WORKFLOW_TYPE else None
