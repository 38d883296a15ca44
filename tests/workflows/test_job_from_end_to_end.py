"""A job with nothing special about it."""

import json

import pytest

from dalsegno.models import STEPS
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_job_publishes_its_music_and_closes_its_row(harness: Harness) -> None:
    """All files are published, metadata names them, the row says completed, staging is gone."""
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="plain"))
        result = await job.result()
        status = await job.status()

    prefix = "customers/acme/music/plain/"
    published = [key.removeprefix(prefix) async for key in harness.store.list(prefix)]
    assert sorted(published) == ["index.html", "master.wav", "metadata.json", "preview.mp3", "waveform.png"]
    assert sorted(result.objects) == sorted(published)
    metadata = json.loads(await harness.store.read(f"{prefix}metadata.json"))
    assert metadata["objects"]["master.wav"]["sha256"] == result.objects["master.wav"].sha256
    assert [key async for key in harness.store.list("staging/")] == []

    row = await harness.records.get("plain")
    assert row
    assert (row.status, row.step, row.title) == ("completed", "completed", result.title)
    assert row.r2_key == f"{prefix}master.wav"
    assert row.completed_at

    assert (status.status, status.step, status.progress) == ("completed", "completed", 100)
    assert [step.name for step in status.steps] == list(STEPS)
    assert {step.name: step.state for step in status.steps if step.state != "done"} == {
        "analyzing": "skipped",
        "extracting": "skipped",
        "identifying": "skipped",
    }
    assert status.result == result
