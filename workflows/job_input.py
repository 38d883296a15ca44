"""What a job was started with, which need not come from our own client."""

import json
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from dalsegno.errors import InvalidRequest
from dalsegno.models import MusicJob
from workflows.search_attributes import FAILED_STEP, FAILURE_TYPE


def job_of(given: Any) -> MusicJob:
    """The job, checked: it runs under its own id, which is what its row and its objects are named by.

    Raises:
        ApplicationError: of type InvalidRequest, which fails the workflow at once.
    """
    try:
        job = MusicJob.model_validate_json(json.dumps(given))
    except ValidationError as error:
        places = sorted({".".join(map(str, mistake["loc"])) or "the input" for mistake in error.errors()})
        raise _refused(
            f"The workflow's input is no job: wrong or missing are {', '.join(places[:5])}."
        ) from None
    workflow_id = workflow.info().workflow_id
    if job.job_id != workflow_id:
        raise _refused(
            f"The workflow's id is {workflow_id}, but the job's is {job.job_id}: they must be the same."
        )
    return job


def _refused(sentence: str) -> ApplicationError:
    workflow.upsert_search_attributes(
        [FAILED_STEP.value_set("queued"), FAILURE_TYPE.value_set(InvalidRequest.__name__)]
    )
    return ApplicationError(
        f"{sentence} Start jobs with `dalsegno start`.", type=InvalidRequest.__name__, non_retryable=True
    )
