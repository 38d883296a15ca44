"""What a step says about a row, on its way through Temporal."""

from datetime import UTC, datetime

from temporalio.contrib.pydantic import pydantic_data_converter

from activities.job_records import RowChange, SaveJob
from dalsegno.models import Model


async def test_only_what_is_given_arrives() -> None:
    """Columns of which nothing is said are neither kept from before nor emptied; one that is emptied is."""
    change = RowChange(status="running", step="uploading", error_message=None)
    saving = SaveJob(
        job_id="j", request_sha256="0", run_id="r", at=datetime(2026, 1, 1, tzinfo=UTC), change=change
    )
    payloads = await pydantic_data_converter.encode([saving])
    (arrived,) = await pydantic_data_converter.decode(payloads, [SaveJob])
    assert isinstance(arrived, Model)
    assert arrived == saving
    given = arrived.change.model_dump(exclude_unset=True)
    assert given == {"status": "running", "step": "uploading", "error_message": None}
