from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.contrib.pydantic import pydantic_data_converter

from dalsegno.client.merging import merge_pending
from dalsegno.models import STEPS, JobStatus, Step, StepProgress, StepStatus


def standing_in(step: Step, progress: float) -> JobStatus:
    """A running job."""
    return JobStatus(
        job_id="j",
        customer_id="acme",
        status="running",
        step=step,
        progress=progress,
        message="Working",
        steps=[StepStatus(name=name, state="pending") for name in STEPS],
    )


async def pending(activity: str, fraction: float | None, *, failed: bool = False) -> PendingActivityInfo:
    """A pending activity that has told how far it is, or what it failed of."""
    info = PendingActivityInfo()
    info.activity_type.name = activity
    if fraction is not None:
        told = StepProgress(fraction=fraction, message="Nearly there")
        info.heartbeat_details.payloads.extend(await pydantic_data_converter.encode([told]))
    if failed:
        info.last_failure.CopyFrom(
            Failure(
                message="Away.", application_failure_info=ApplicationFailureInfo(type="StorageUnavailable")
            )
        )
    return info


async def test_progress_of_the_step_moves_within_its_span() -> None:
    """Half of generating lies halfway between 20 and 85."""
    merged = await merge_pending(
        standing_in("generating", 20), [await pending("generate_music", 0.5)], pydantic_data_converter
    )
    assert (merged.progress, merged.message) == (52.5, "Nearly there")


async def test_what_an_earlier_step_told_is_left_out() -> None:
    """A description that is older than the workflow's word neither lifts the progress nor names an error."""
    status = standing_in("generating", 20)
    old = [await pending("analyze_scenes", 0.95, failed=True)]
    assert await merge_pending(status, old, pydantic_data_converter) == status


async def test_a_row_that_can_t_be_written_is_told_at_any_step() -> None:
    """Each step waits for its row."""
    for step in STEPS:
        merged = await merge_pending(
            standing_in(step, 0), [await pending("save_job", None, failed=True)], pydantic_data_converter
        )
        assert merged.last_error == "StorageUnavailable: Away."


async def test_each_step_hears_its_own_activity() -> None:
    """Every activity that can be retried is told of at its step, and at no other."""
    own = {
        "open_job": "queued",
        "analyze_scenes": "analyzing",
        "generate_music": "generating",
        "publish_music": "uploading",
        "clear_staging": "completed",
    }
    for activity, owner in own.items():
        info = await pending(activity, None, failed=True)
        told = [
            step
            for step in STEPS
            if (await merge_pending(standing_in(step, 0), [info], pydantic_data_converter)).last_error
        ]
        assert told == [owner]
