"""How many jobs are ahead of one that waits for its provider."""

from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from dalsegno.models import PROVIDERS, QUERY_AHEAD, JobStatus, gate_id

_QUERY_TIMEOUT = timedelta(seconds=3)


async def tell_jobs_ahead(status: JobStatus, provider: str, client: Client) -> JobStatus:
    """The status with the number of jobs ahead in its message, where the job waits for a slot of a paid provider.

    The gate alone knows; where it doesn't answer the status stays as it is.
    """
    if status.status != "running" or status.step != "generating" or PROVIDERS.get(provider) != "task":
        return status
    gate = client.get_workflow_handle(gate_id(provider))
    try:
        ahead = await gate.query(QUERY_AHEAD, status.job_id, rpc_timeout=_QUERY_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError):
        return status
    if not isinstance(ahead, int):  # it has its slot
        return status
    return status.model_copy(update={"message": f"Waiting for {provider}, {ahead} ahead"})
