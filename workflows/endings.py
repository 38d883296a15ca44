"""How a step that doesn't succeed ends: cancelled, or as a failure with a type and a way on."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,  # noqa: A004  (Temporal's own)
    is_cancelled_exception,
)

from dalsegno.errors import (
    FAILURE_TYPES,
    DalSegnoError,
    GenerationRejected,
    InternalError,
    InvalidRequest,
    PayloadTooLarge,
    StepTimedOut,
    SubmissionUnknown,
)
from dalsegno.models import Failure, Step

# Running the step again would end the same way: what helps instead.
_NOT_BY_RESET = {
    InvalidRequest.__name__: "Start a new job with a corrected request.",
    SubmissionUnknown.__name__: (
        "Look the task up at the provider. Is it there: dalsegno retry {job} --adopt TASK_ID. "
        "Is it not, or to pay for another: dalsegno retry {job} --pay-again"
    ),
    GenerationRejected.__name__: (
        "A plain retry doesn't pay for another. Is the task there after all: dalsegno retry {job} --adopt TASK_ID. "
        "To pay for another: dalsegno retry {job} --pay-again"
    ),
}


def was_cancelled(error: BaseException) -> bool:
    """Whether the step ended because the job was cancelled."""
    return isinstance(error, asyncio.CancelledError) or is_cancelled_exception(error)


def failure_of(error: BaseException, step: Step, event_id: int) -> Failure:
    """The failure that a job ends with.

    Args:
        error: what ended the step.
        step: the step that failed.
        event_id: the end of the workflow task that began the step: a reset to it runs the step again.
    """
    type_, sentence = _type_and_sentence(error, step)
    info = workflow.info()
    if way_on := _NOT_BY_RESET.get(type_):
        return Failure(step=step, type=type_, message=f"{sentence} {way_on.format(job=info.workflow_id)}")
    namespace = f" --namespace {info.namespace}" if info.namespace != "default" else ""
    command = (
        f"temporal workflow reset{namespace} --workflow-id {info.workflow_id} --run-id {info.run_id}"
        f' --event-id {event_id} --reason "retry {step}"'
    )
    message = f"{sentence} To run the step {step} again and go on from there: {command}"
    return Failure(step=step, type=type_, message=message, reset_command=command)


def _type_and_sentence(error: BaseException, step: Step) -> tuple[str, str]:
    cause = error.cause if isinstance(error, ActivityError) else error
    match cause:
        case ApplicationError(type=str() as name) if name in FAILURE_TYPES:
            return name, cause.message
        case ApplicationError(type="PayloadsTooLarge"):
            return PayloadTooLarge.__name__, f"The result of the step {step} is too large for Temporal."
        case TimeoutError():
            return StepTimedOut.__name__, f"The step {step} used up its time."
        case DalSegnoError():
            return cause.failure_type(), str(cause)
        case _:
            return InternalError.__name__, f"A bug in Dal Segno: {type(cause).__name__} in the step {step}."
