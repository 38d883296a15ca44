"""The runs that a job has left behind.

A reset closes a run and begins another from its history. The old one stays in every list of failed workflows, until
somebody deletes it.
"""

from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError, RPCStatusCode

from activities.temporal_service import describe, temporal_service
from dalsegno.models import WORKFLOW_TYPE

_RPC_TIMEOUT = timedelta(seconds=10)


async def superseded_runs(job_id: str, run_id: str) -> list[str]:
    """The runs that a run comes from by resets, the oldest first: so deleted, none is lost track of.

    They are found in the histories: each reset leaves an event that names the run before it. Temporal's lists are
    written after the event, and may not know yet that a run has closed.
    """
    found: list[str] = []
    to_read = [run_id]
    while to_read:
        for base in await _bases(job_id, to_read.pop()):
            if base not in {run_id, *found}:
                found.append(base)
                to_read.append(base)
    return found[::-1]


async def forget_superseded(job_id: str) -> None:
    """Deletes all runs of a job but its current one, running or not."""
    listed = await listed_runs(job_id)
    # After the list: what is current now was not superseded then.
    current = await describe(job_id)
    if current is None:
        return
    superseded = await superseded_runs(job_id, current.run_id)
    await delete_runs(job_id, [*superseded, *({*listed} - {current.run_id, *superseded})])


async def listed_runs(job_id: str) -> list[str]:
    """The closed runs of a job, as far as Temporal lists them already."""
    quoted = job_id.replace("\\", "\\\\").replace("'", "\\'")
    query = f"WorkflowType = '{WORKFLOW_TYPE}' AND WorkflowId = '{quoted}' AND ExecutionStatus != 'Running'"
    with temporal_service():
        return [each.run_id async for each in activity.client().list_workflows(query)]


async def delete_runs(job_id: str, run_ids: Sequence[str]) -> None:
    """Deletes runs, one after the other. They must have closed: the server would terminate them first."""
    client = activity.client()
    for run_id in run_ids:
        with temporal_service():
            try:
                await client.workflow_service.delete_workflow_execution(
                    DeleteWorkflowExecutionRequest(
                        namespace=client.namespace,
                        workflow_execution=WorkflowExecution(workflow_id=job_id, run_id=run_id),
                    ),
                    timeout=_RPC_TIMEOUT,
                )
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:  # somebody else has deleted it
                    raise


async def _bases(job_id: str, run_id: str) -> list[str]:
    with temporal_service():
        try:
            history = await activity.client().get_workflow_handle(job_id, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return []
            raise
    return [
        failed.base_run_id
        for failed in (event.workflow_task_failed_event_attributes for event in history.events)
        if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW
    ]
