"""A job to try activities with."""

from dalsegno.models import MusicJob
from tests.support.harness import a_request


def a_job(job_id: str = "job", **changes: object) -> MusicJob:
    """The input of a workflow."""
    request = a_request(**changes)
    return MusicJob(
        job_id=job_id, request=request.base(), request_sha256=request.sha256(), provider="builtin", seed=7
    )
