"""A job is taken up again once, also where two attempts at it meet, and with all that it was started with."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from temporalio.client import (
    Client,
)
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

import activities.taking_up
from activities.taking_up import take_up
from dalsegno.client.visibility import CUSTOMER
from dalsegno.errors import JobEndedError
from dalsegno.models import TASK_QUEUE, WORKFLOW_TYPE
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.server import EmbeddedServer
from tests.support.harness import Harness, a_request
from tests.support.jobs import a_job
from tests.support.meanwhile import Meanwhile

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def client_of(server: EmbeddedServer, meanwhile: Meanwhile) -> Client:
    """A connection in which something happens meanwhile."""
    return await Client.connect(server.address, plugins=[DalSegnoPlugin()], interceptors=[meanwhile])


async def failed_run(harness: Harness, job_id: str) -> str:
    """The run of a job that has failed."""
    harness.break_publishing()
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=job_id))
        with pytest.raises(JobEndedError):
            await job.result()
    return await current_run(harness.temporal, job_id)


async def current_run(temporal: Client, job_id: str) -> str:
    """A job's current run."""
    return (await temporal.get_workflow_handle(job_id).describe()).run_id


async def test_an_attempt_that_another_has_overtaken_resets_nothing(
    harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """It was frozen while it read the history; the other one's run goes on."""
    run_id = await failed_run(harness, "overtaken")
    first = ActivityEnvironment(client=temporal)
    meanwhile = Meanwhile(reading=lambda: first.run(take_up, "overtaken", run_id, time.monotonic()))
    again = await ActivityEnvironment(client=await client_of(server, meanwhile)).run(
        take_up, "overtaken", run_id, time.monotonic()
    )
    assert meanwhile.reading is None
    assert again == await current_run(temporal, "overtaken") != run_id
    history = await temporal.get_workflow_handle("overtaken").fetch_history()
    resets = [
        each.workflow_task_failed_event_attributes.base_run_id
        for each in history.events
        if each.HasField("workflow_task_failed_event_attributes")
    ]
    assert resets == [run_id]


async def test_an_attempt_that_was_frozen_after_its_last_look_resets_nothing(
    harness: Harness, server: EmbeddedServer, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then another may be under way: it is tried again."""
    run_id = await failed_run(harness, "frozen")
    now = 0.0

    def freeze() -> None:
        nonlocal now
        now += 3

    monkeypatch.setattr(activities.taking_up, "time", SimpleNamespace(monotonic=lambda: now))
    frozen = await client_of(server, Meanwhile(looked=freeze))
    with pytest.raises(ApplicationError, match="tried again") as raised:
        await ActivityEnvironment(client=frozen).run(take_up, "frozen", run_id, 0.0)
    assert not raised.value.non_retryable
    assert await current_run(temporal, "frozen") == run_id


async def start_and_terminate(temporal: Client, job_id: str) -> str:
    """A job with all that a start can give, terminated before any worker has come; its run."""
    handle = await temporal.start_workflow(
        WORKFLOW_TYPE,
        a_job(job_id),
        id=job_id,
        task_queue=TASK_QUEUE,
        execution_timeout=timedelta(hours=5),
        run_timeout=timedelta(hours=4),
        task_timeout=timedelta(seconds=3),
        memo={"request_sha256": "abc"},
        search_attributes=TypedSearchAttributes([SearchAttributePair(CUSTOMER, "acme")]),
        static_summary="Five seconds",
        priority=Priority(priority_key=2, fairness_key="acme", fairness_weight=2.0),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    await handle.terminate("by hand")
    return await current_run(temporal, job_id)


async def test_a_job_that_begins_anew_has_all_that_it_was_started_with(
    harness: Harness, temporal: Client
) -> None:
    """Its input, time-outs, place among the waiting, and what it is listed by. Done twice, it is done once."""
    run_id = await start_and_terminate(temporal, "anew")
    before = await temporal.get_workflow_handle("anew").describe()
    environment = ActivityEnvironment(client=temporal)
    again = await environment.run(take_up, "anew", run_id, time.monotonic())
    assert again == await environment.run(take_up, "anew", run_id, time.monotonic()) != run_id
    after = await temporal.get_workflow_handle("anew").describe()
    assert after.run_id == again
    assert after.raw_description.execution_config == before.raw_description.execution_config
    assert after.raw_info.priority == before.raw_info.priority
    assert after.raw_info.priority.fairness_key == "acme"
    assert await after.memo() == await before.memo()
    assert after.typed_search_attributes[CUSTOMER] == "acme"
    started = [
        (await temporal.get_workflow_handle("anew", run_id=each).fetch_history())
        .events[0]
        .workflow_execution_started_event_attributes
        for each in (run_id, again)
    ]
    assert started[0].input == started[1].input
    assert started[1].workflow_execution_timeout.ToTimedelta() == timedelta(hours=5)


async def test_a_job_that_somebody_else_has_started_meanwhile_is_the_one_that_goes_on(
    harness: Harness, server: EmbeddedServer, temporal: Client
) -> None:
    """Two runs of one job there never are."""
    run_id = await start_and_terminate(temporal, "meanwhile")

    async def start() -> None:
        await temporal.start_workflow(
            WORKFLOW_TYPE,
            a_job("meanwhile"),
            id="meanwhile",
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

    client = await client_of(server, Meanwhile(reading=start))
    again = await ActivityEnvironment(client=client).run(take_up, "meanwhile", run_id, time.monotonic())
    assert again == await current_run(temporal, "meanwhile") != run_id
