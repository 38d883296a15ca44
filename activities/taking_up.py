"""Takes a job up again that has ended without music: once, whatever happens meanwhile.

Temporal has no reset that looks before it leaps. Two attempts at the same one can only meet if the earlier of them was
frozen: so whoever resets has looked just before, in time, and gives up where time has gone by.
"""

import time
import uuid
from datetime import timedelta

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest, StartWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.reset_point import reset_point
from activities.temporal_service import describe, temporal_service
from dalsegno.errors import InvalidRequest

ENDED_WITHOUT_MUSIC = {
    WorkflowExecutionStatus.FAILED,
    WorkflowExecutionStatus.TIMED_OUT,
    WorkflowExecutionStatus.TERMINATED,
    WorkflowExecutionStatus.CANCELED,
}

# An attempt has ten seconds, after which another one may be under way: what is sent after the first five of them,
# for an answer within three, is done or refused by then.
_IN_TIME_SECONDS = 5.0
_RPC_TIMEOUT = timedelta(seconds=3)
# Begins the request id of the start of a job that begins anew; the run that had ended follows.
_ANEW = "retry-"


async def take_up(job_id: str, run_id: str, begun: float) -> str:
    """Resets a job to the step in which a run of it ended, or starts it anew if no step had begun.

    Args:
        job_id: the job.
        run_id: the run that has ended.
        begun: when this attempt began, by `time.monotonic`.

    Returns:
        The run that goes on. Where that run is not the job's current one any more, or hasn't ended, the current one.

    Raises:
        InvalidRequest: there is no such job.
    """
    ended = await _current(job_id)
    if not _is_to_be_taken_up(ended, run_id):
        return ended.run_id
    with temporal_service():
        history = (
            await activity.client()
            .get_workflow_handle(job_id, run_id=run_id)
            .fetch_history(rpc_timeout=_RPC_TIMEOUT)
        )
    point = reset_point(history.events)
    if point is None:
        return await _start_anew(ended, history.events[0])
    # Reading the history has taken its time.
    current = await _current(job_id)
    if not _is_to_be_taken_up(current, run_id):
        return current.run_id
    if time.monotonic() - begun > _IN_TIME_SECONDS:
        raise ApplicationError("Looking at the job took too long: it is tried again.", type="TemporalService")
    return await _reset(job_id, run_id, point)


def is_anew(execution: WorkflowExecutionDescription) -> bool:
    """Whether a run was started in the place of one that had ended before it began."""
    requests = execution.raw_description.workflow_extended_info.request_id_infos
    return any(each.startswith(_ANEW) for each in requests)


def _is_to_be_taken_up(current: WorkflowExecutionDescription, run_id: str) -> bool:
    return current.run_id == run_id and current.status in ENDED_WITHOUT_MUSIC


async def _current(job_id: str) -> WorkflowExecutionDescription:
    current = await describe(job_id, within=_RPC_TIMEOUT)
    if current is None:
        raise InvalidRequest(f"There is no job {job_id}.")
    return current


async def _reset(job_id: str, run_id: str, point: int) -> str:
    client = activity.client()
    with temporal_service():
        reset = await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=job_id, run_id=run_id),
                reason="retry",
                workflow_task_finish_event_id=point,
                request_id=str(uuid.uuid4()),  # which the server doesn't compare
            ),
            timeout=_RPC_TIMEOUT,
        )
    return reset.run_id


async def _start_anew(ended: WorkflowExecutionDescription, first: HistoryEvent) -> str:
    """Starts a job that ended before it had begun, with all that it was started with.

    One that somebody else has started meanwhile is the one that goes on.
    """
    client = activity.client()
    started = first.workflow_execution_started_event_attributes
    request = StartWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=ended.id,
        # Unlike a reset, a start that comes twice with the same id of its request is done once.
        request_id=_ANEW + ended.run_id,
        identity=client.identity,
        workflow_id_reuse_policy=WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
        workflow_id_conflict_policy=WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
        workflow_type=started.workflow_type,
        task_queue=started.task_queue,
        input=started.input,
        header=started.header,
        memo=started.memo,
        search_attributes=started.search_attributes,
        user_metadata=first.user_metadata,
        priority=started.priority,
        workflow_execution_timeout=started.workflow_execution_timeout,
        workflow_run_timeout=started.workflow_run_timeout,
        workflow_task_timeout=started.workflow_task_timeout,
    )
    with temporal_service():
        try:
            again = await client.workflow_service.start_workflow_execution(request, timeout=_RPC_TIMEOUT)
        except RPCError as error:
            if error.status != RPCStatusCode.ALREADY_EXISTS:
                raise
            return (await _current(ended.id)).run_id
    return again.run_id
