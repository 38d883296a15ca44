"""The provider's key, looked for wherever something is kept or told."""

from collections.abc import Iterable

from sqlalchemy import select

from chaos.testbed import Testbed
from dalsegno.models import JobStatus
from dalsegno.records.tables import metadata
from tests.support.mureka_simulator import API_KEY


async def places_of_key(bed: Testbed, statuses: Iterable[JobStatus]) -> list[str]:
    """Where the key was found; and where nothing was found that is surely there, so that the search saw nothing."""
    a_job = next(iter(bed.jobs))
    places = {
        "logs of the workers": ("worker_started", _files(bed, "workers.log")),
        "log and database of the Temporal server": (a_job, _files(bed, "../temporal.*")),
        "histories as JSON, and their payloads": (a_job, await _histories(bed)),
        "tables of the database": (a_job, await _tables(bed)),
        "statuses and errors": (a_job, [status.model_dump_json().encode() for status in statuses]),
    }
    found = []
    for place, (surely, contents) in places.items():
        everything = list(contents)
        if any(API_KEY.encode() in content for content in everything):
            found.append(f"found in {place}")
        if not any(surely.encode() in content for content in everything):
            found.append(f"saw nothing of {place}")
    return found


def _files(bed: Testbed, pattern: str) -> Iterable[bytes]:
    folder = bed.home
    if pattern.startswith("../"):
        folder, pattern = folder.parent, pattern.removeprefix("../")
    return [path.read_bytes() for path in folder.glob(pattern)]


async def _histories(bed: Testbed) -> list[bytes]:
    contents = []
    async for execution in bed.temporal.list_workflows():
        handle = bed.temporal.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await handle.fetch_history()
        contents.append(history.to_json().encode())
        # In JSON payloads are in Base64; here they are as they were written.
        contents += [event.SerializeToString() for event in history.events]
    return contents


async def _tables(bed: Testbed) -> list[bytes]:
    contents = []
    for table in metadata.sorted_tables:
        async with bed.database.reading() as connection:
            rows = await connection.execute(select(table))
            contents += [repr(row).encode() for row in rows]
    return contents
