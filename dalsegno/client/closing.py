"""Why a job's execution has closed, as the server knows it."""

import shlex
from typing import Any

from temporalio.client import (
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.exceptions import ApplicationError

from dalsegno.errors import (
    TERMINATED,
    GenerationRejected,
    InternalError,
    InvalidRequest,
    JobTimedOut,
    SubmissionUnknown,
)
from dalsegno.models import Failure, Step

# Why running the failed step again can't help by itself, as the end of a sentence.
HOPELESS = {
    InvalidRequest.__name__: "its request is refused: start a new job with a corrected one",
    SubmissionUnknown.__name__: (
        "a paid request was sent and its answer lost: look it up at the provider, then say --adopt TASK_ID if it is "
        "there, or --pay-again"
    ),
    GenerationRejected.__name__: (
        "what was paid for ended without music, and a plain retry doesn't pay for another: say --pay-again, or "
        "--adopt TASK_ID if the task is there after all"
    ),
}

_FROM_OUTSIDE = {
    WorkflowExecutionStatus.TIMED_OUT: (JobTimedOut.__name__, "The job was ended by the server's time-out."),
    WorkflowExecutionStatus.TERMINATED: (TERMINATED, "The job was terminated from outside."),
}


async def closing_failure(
    execution: WorkflowExecution, handle: WorkflowHandle[Any, Any], step: Step
) -> Failure:
    """Why an execution that has failed, timed out or was terminated ended, and how its job goes on.

    Args:
        execution: how the execution stands.
        handle: on that very run.
        step: the step in which it ended.
    """
    command = _reset_command(execution, step)
    if from_outside := execution.status and _FROM_OUTSIDE.get(execution.status):
        type_, sentence = from_outside
        message = f"{sentence} To run the step {step} again and go on from there: {command}"
        return Failure(step=step, type=type_, message=message, reset_command=command)
    try:
        await handle.result(follow_runs=False)
    except WorkflowFailureError as error:
        cause = error.cause
        type_ = cause.type if isinstance(cause, ApplicationError) and cause.type else InternalError.__name__
        way_on = None if type_ in HOPELESS else command
        return Failure(step=step, type=type_, message=str(cause), reset_command=way_on)
    raise AssertionError("a failed execution gave a result")


def _reset_command(execution: WorkflowExecution, step: Step) -> str:
    namespace = f" --namespace {shlex.quote(execution.namespace)}" if execution.namespace != "default" else ""
    return (
        f"temporal workflow reset{namespace} --workflow-id {execution.id} --run-id {execution.run_id}"
        f' --type LastWorkflowTask --reason "retry {step}"'
    )
