"""Fetching what a job published, from the command line."""

from functools import partial
from pathlib import Path

import pytest

from dalsegno.adapters import build_store
from dalsegno.client import JobHandle
from dalsegno.runtime.server import EmbeddedServer
from tests.support.command_line import command_line
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def completed(harness: Harness, job_id: str) -> JobHandle:
    """A job whose music lies in a store that the command line has too."""
    harness.store = build_store(harness.settings)
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        await job.result()
    return job


async def test_files_come_together_and_metadata_last(
    harness: Harness, server: EmbeddedServer, tmp_path: Path
) -> None:
    """A folder keeps its other files; a place that can't be written to is wrong input, in one sentence."""
    job = await completed(harness, "fetched")
    cli = partial(command_line, server.address, harness.settings.resolved_home)
    target = tmp_path / "music"
    target.mkdir()
    (target / "mine").write_text("mine")

    ended = await cli("fetch", job.id, "--to", str(target), "--json")
    assert ended.code == 0, ended.err
    files = ended.document["files"]
    assert files[-1] == str(target / "metadata.json")
    assert {str(path) for path in target.rglob("*") if path.is_file()} == {*files, str(target / "mine")}

    for wrong in (target / "mine", target / "mine" / "below"):
        refused = await cli("fetch", job.id, "--to", str(wrong))
        assert (refused.code, refused.out) == (2, "")
        assert "can't be written to" in refused.err
        assert refused.err.count("\n") == 1


async def test_what_is_not_what_was_published_leaves_nothing(
    harness: Harness, server: EmbeddedServer, tmp_path: Path
) -> None:
    """An object that was changed behind the store's back, then deleted: `metadata.json` tells."""
    job = await completed(harness, "damaged")
    (master,) = harness.settings.objects_folder.rglob("music/damaged/master.wav")
    target = tmp_path / "music"
    cli = partial(command_line, server.address, harness.settings.resolved_home)
    for damage in (lambda: master.write_bytes(b"noise"), master.unlink):
        damage()
        ended = await cli("fetch", job.id, "--to", str(target))
        assert (ended.code, ended.out) == (3, "")
        assert "master.wav is not what the job published" in ended.err
        assert not target.exists()
