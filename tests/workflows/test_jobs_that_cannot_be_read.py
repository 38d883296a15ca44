"""What is said of a job whose worker can't answer for it."""

import pytest
from temporalio import workflow
from temporalio.worker import Worker

from dalsegno.errors import UnreachableError
from dalsegno.models import TASK_QUEUE, WORKFLOW_TYPE, MusicJob
from tests.support.harness import Harness, a_request

pytestmark = pytest.mark.asyncio(loop_scope="session")


@workflow.defn(name=WORKFLOW_TYPE, sandboxed=False)
class OtherVersion:
    """A workflow of the same name that knows none of our queries."""

    @workflow.run
    async def run(self, job: MusicJob) -> None:
        """Waits for ever."""
        await workflow.wait_condition(lambda: False)


async def test_a_worker_that_cannot_read_the_workflow_is_no_missing_worker(harness: Harness) -> None:
    """The sentence says that one answers, and what may be wrong with it."""
    job = await harness.client.start(a_request(job_id="unreadable"))
    async with Worker(harness.temporal, task_queue=TASK_QUEUE, workflows=[OtherVersion]):
        with pytest.raises(UnreachableError, match="can't be read by the worker that answers"):
            await job.status()
