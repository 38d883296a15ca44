"""What retention does in the end."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from tests.support.eventually import eventually


async def forget(temporal: Client, job_id: str) -> None:
    """Deletes a job's history, as retention does in the end."""
    await temporal.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=temporal.namespace, workflow_execution=WorkflowExecution(workflow_id=job_id)
        )
    )

    async def gone() -> bool:
        try:
            await temporal.get_workflow_handle(job_id).describe()
        except Exception:  # noqa: BLE001  (the SDK's error for "not found")
            return True
        return False

    await eventually(gone, 90)
