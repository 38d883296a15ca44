"""What a worker is doing just now, as Temporal has it: also right after it was killed."""

from asyncio.subprocess import Process

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client


async def doing(temporal: Client, job_id: str, worker: Process) -> set[str]:
    """The activities of a job that this worker has begun and not ended."""
    description = await temporal.get_workflow_handle(job_id).describe()
    return {
        pending.activity_type.name
        for pending in description.raw_description.pending_activities
        if pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        # The SDK's name for a worker: its process and its machine.
        and pending.last_worker_identity.startswith(f"{worker.pid}@")
    }


async def jobs_in(temporal: Client, activity: str, worker: Process) -> list[str]:
    """The jobs that this worker is doing an activity of."""
    running = [
        execution.id
        async for execution in temporal.list_workflows(
            "ExecutionStatus = 'Running' AND WorkflowType = 'GenerateMusic'"
        )
    ]
    return [job_id for job_id in running if activity in await doing(temporal, job_id, worker)]
