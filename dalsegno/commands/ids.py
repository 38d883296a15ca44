# ruff: noqa: PLC0415 - the models are slow to load
"""Names that users type in order to find something: what can't exist never gets as far as a query."""

from typing import Any

from dalsegno.errors import InvalidRequest, NoSuchJobError


def check_job(job_id: str) -> None:
    """Raises NoSuchJobError for what can be no job's id."""
    from dalsegno.models import JobId

    if not _fits(JobId, job_id):
        raise NoSuchJobError(f"There is no job {job_id[:128]}: that is no job id.")


def check_task(task_id: str | None) -> None:
    """Raises InvalidRequest for what can be no task's id."""
    from dalsegno.models import JobId

    if task_id is not None and not _fits(JobId, task_id):
        raise InvalidRequest(
            "--adopt takes the id of the provider's task: letters, digits, '.', '_' and '-'."
        )


def check_customer(customer_id: str | None) -> None:
    """Raises InvalidRequest for what can be no customer's id."""
    from dalsegno.models import CustomerId

    if customer_id is not None and not _fits(CustomerId, customer_id):
        raise InvalidRequest(
            "--customer must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit."
        )


def check_step(step: str | None) -> None:
    """Raises InvalidRequest for what is no step."""
    from dalsegno.models import STEPS

    if step is not None and step not in STEPS:
        raise InvalidRequest(f"--step must be one of {', '.join(STEPS)}.")


def check_failure_type(failure_type: str | None) -> None:
    """Raises InvalidRequest for what no job fails of."""
    from dalsegno.errors import FAILURE_TYPES, TERMINATED

    if failure_type is not None and failure_type not in (*FAILURE_TYPES, TERMINATED):
        raise InvalidRequest(f"--failure-type must be one of {', '.join((*FAILURE_TYPES, TERMINATED))}.")


def _fits(kind: Any, value: str) -> bool:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
