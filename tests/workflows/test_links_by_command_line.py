"""Links to what a job published, from the command line."""

from datetime import timedelta
from functools import partial
from hashlib import sha256
from urllib.request import urlopen

import pytest

from dalsegno.adapters import build_store
from dalsegno.errors import InvalidRequest
from dalsegno.runtime.server import EmbeddedServer
from dalsegno.storage.s3 import S3ObjectStore
from tests.support.command_line import command_line
from tests.support.harness import Harness, a_request
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

pytestmark = pytest.mark.asyncio(loop_scope="session")


def content_of(link: str) -> bytes:
    """What anybody gets who has the link."""
    with urlopen(link) as answer:  # noqa: S310  # the store's own link
        content: bytes = answer.read()
    return content


async def test_links_lead_to_all_that_was_published(
    harness: Harness, server: EmbeddedServer, seaweedfs: SeaweedFS, bucket: str
) -> None:
    """In a bucket: presigned, for as long as was asked; none of them ever in a history."""
    settings = {"DALSEGNO_S3_BUCKET": bucket, "DALSEGNO_S3_ENDPOINT_URL": seaweedfs.endpoint_url}
    store: S3ObjectStore = seaweedfs.store(bucket)
    harness.store = store
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="linked"))
        result = await job.result()
    cli = partial(command_line, server.address, harness.settings.resolved_home, **settings, **CREDENTIALS)

    ended = await cli("links", "linked", "--expires", "90", "--json")
    assert ended.code == 0, ended.err
    links = ended.document["links"]
    assert ended.document == {"job_id": "linked", "expires_seconds": 90, "links": links}
    assert {name: sha256(content_of(link)).hexdigest() for name, link in links.items()} == {
        name: stored.sha256 for name, stored in result.objects.items()
    }
    assert all("X-Amz-Expires=90" in link for link in links.values())
    assert list(links)[-1] == "metadata.json"

    listed = await cli("links", "linked")
    assert [link.split("?")[0] for link in listed.out.splitlines()] == [
        link.split("?")[0] for link in links.values()
    ]
    handle = harness.temporal.get_workflow_handle("linked")
    assert "X-Amz-Signature" not in (await handle.fetch_history()).to_json()
    await store.close()


async def test_what_can_not_be_linked_is_refused(harness: Harness, server: EmbeddedServer) -> None:
    """Too long a time before anything is asked; a job without music; a job that isn't there."""
    harness.store = build_store(harness.settings)
    broken = harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id="unpublished"))
        await job.status()
        cli = partial(command_line, server.address, harness.settings.resolved_home)
        for seconds in ("0", "604801", "soon"):
            refused = await cli("links", "unpublished", "--expires", seconds)
            assert (refused.code, refused.out) == (2, "")
            assert "--expires" in refused.err
        for expires in (timedelta(0), timedelta(days=7, seconds=1)):
            with pytest.raises(InvalidRequest, match="one second to seven days"):
                await job.links(expires)
        assert (await cli("links", "never-was")).code == 4
        refused = await cli("links", "unpublished")
        assert (refused.code, refused.out) == (1, "")
        assert "has not published its music" in refused.err
    assert broken


async def test_a_folder_gives_addresses_on_this_machine(harness: Harness, server: EmbeddedServer) -> None:
    """They have a meaning to programs here: they lead to the files."""
    harness.store = build_store(harness.settings)
    async with harness.worker():
        result = await (await harness.client.start(a_request(job_id="in-a-folder"))).result()
    ended = await command_line(
        server.address, harness.settings.resolved_home, "links", "in-a-folder", "--json"
    )
    links = ended.document["links"]
    assert sha256(content_of(links["master.wav"])).hexdigest() == result.objects["master.wav"].sha256
