"""A job whose servers go away in its midst."""

from contextlib import AbstractContextManager
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from tests.support.deployment import Deployment

# Long enough to be met while its music is being made, short enough for a test.
REQUEST = ("--customer", "acme", "--duration", "30", "--mood", "calm")
_SHORT = ("--customer", "acme", "--duration", "5", "--mood", "sad")
_FAILED = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
}


async def outlive(
    deployment: Deployment,
    job_id: str,
    away: AbstractContextManager[object],
    *,
    failure_type: str,
    attempts: int,
) -> dict[str, Any]:
    """Runs a job whose servers are away from the midst of `generating` until attempts of it have failed.

    Asserts that neither this job nor one that was started meanwhile has failed, or was begun again, or has noted a
    failed attempt in its history, and that both end with all their music.

    Args:
        deployment: what they run on.
        job_id: the id of the first; the other's is this one with `-meanwhile`.
        away: ends the servers, and starts them again at its end.
        failure_type: what an attempt fails with meanwhile.
        attempts: for how many of them the servers stay away.

    Returns:
        The job's status.
    """
    jobs = [job_id, f"{job_id}-meanwhile"]
    await deployment.json("start", *REQUEST, "--job-id", jobs[0])
    await deployment.step_reached(jobs[0], "generating")
    run_id = (await deployment.job(jobs[0]).describe()).run_id
    with away:
        await deployment.json("start", *_SHORT, "--job-id", jobs[1])
        await deployment.attempts_failed(jobs[0], failure_type, attempts=attempts)
        for each in jobs:
            assert (await deployment.job(each).describe()).status == WorkflowExecutionStatus.RUNNING
    statuses = [await deployment.ended(each) for each in jobs]
    for each, status in zip(jobs, statuses, strict=True):
        assert (status["status"], status["progress"], status["failure"]) == ("completed", 100, None)
        assert {"master.wav", "preview.mp3", "metadata.json"} < set(status["result"]["objects"])
        history = await deployment.job(each).fetch_history()
        assert _FAILED.isdisjoint(event.event_type for event in history.events)
    assert (await deployment.job(jobs[0]).describe()).run_id == run_id
    return statuses[0]
