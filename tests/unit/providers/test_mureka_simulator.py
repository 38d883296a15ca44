"""The simulator: what tests of payment rely on."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from dalsegno.errors import DalSegnoError, ProviderBusy
from dalsegno.models import MusicBrief
from dalsegno.providers.mureka import Mureka
from tests.support.departing import at_once
from tests.support.eventually import eventually
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_audio import music
from tests.support.mureka_simulator_book import Fault
from tests.support.mureka_simulator_process import simulator_process

URL = "/v1/instrumental/generate"
HEADERS = {"Authorization": f"Bearer {API_KEY}"}


async def posted(simulator: MurekaSimulator, **document: object) -> httpx.Response:
    """A submission by hand."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(simulator.base_url + URL, json=document, headers=HEADERS)


async def test_a_process_of_its_own_bills_counts_and_takes_orders(brief: MusicBrief, tmp_path: Path) -> None:
    """Its book and its faults are reached over HTTP, from any process."""
    async with simulator_process(seconds=0, limit=3) as simulator:
        mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url)
        await simulator.order(Fault("submit", "status", status=429, message="Rate limit reached"))
        with pytest.raises(ProviderBusy):
            await mureka.submit(brief, about_to_send=at_once)
        task_id = await mureka.submit(brief, about_to_send=at_once)
        await mureka.download(task_id, tmp_path, lambda _fraction, _message: None)
        await simulator.order(Fault("query", "cut", times=-1))
        with pytest.raises(DalSegnoError):
            await mureka.task(task_id)
        assert len((await simulator.book())["faults"]) == 1
        await simulator.forget_orders()
        await mureka.task(task_id)
        await mureka.close()
        book = await simulator.book()
    assert [(billed["task_id"], billed["tracks"]) for billed in book["billed"]] == [(task_id, 1)]
    refused, accepted = book["submissions"]
    assert refused["task_id"] is None
    assert accepted["task_id"] == task_id
    assert accepted["received_at"] <= accepted["answered_at"]
    assert book["faults"] == []


async def test_tasks_in_flight_are_counted_and_limited(simulator: MurekaSimulator) -> None:
    """From their acceptance to their end, whoever asks about them."""
    now = [0.0]
    simulator.book.clock = lambda: now[0]
    simulator.book.seconds, simulator.book.limit = 10, 2
    answers = [(await posted(simulator, model="auto", n=1, prompt="x")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert (simulator.book.in_flight, simulator.book.max_in_flight) == (2, 2)
    now[0] = 10.0
    assert (await posted(simulator, model="auto", n=1, prompt="x")).status_code == 200
    assert (simulator.book.in_flight, simulator.book.max_in_flight) == (1, 2)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"model": "auto"},
        {"model": "other", "prompt": "x"},
        {"model": "auto", "prompt": "x" * 1_025},
        {"model": "auto", "prompt": "x", "n": 4},
        {"model": "auto", "prompt": "x", "instrumental_id": "1"},
    ],
)
async def test_it_refuses_what_the_service_refuses(
    document: dict[str, object], simulator: MurekaSimulator
) -> None:
    """With an error in the service's form, and without a bill."""
    answer = await posted(simulator, **document)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "trace_id"}
    assert simulator.book.tasks == {}


async def test_it_bills_two_tracks_where_no_number_is_given(simulator: MurekaSimulator) -> None:
    """As the service does; and it passes over fields that it doesn't know."""
    answer = await posted(simulator, model="auto", prompt="x", duration=30)
    assert set(answer.json()) == {"id", "created_at", "model", "status", "trace_id"}
    assert [task.tracks for task in simulator.book.tasks.values()] == [2]


@pytest.mark.parametrize(
    ("fate", "seconds", "silent"),
    [("", 10, 0), ("half", 5, 0), ("quadruple", 40, 0), ("silent_tail", 10, 5)],
)
async def test_music_is_as_long_as_asked_unless_ordered_otherwise(
    fate: str, seconds: float, silent: float, simulator: MurekaSimulator
) -> None:
    """So that a client has something to mend."""
    simulator.order(*[Fault("task", fate)] if fate else [])
    await posted(simulator, model="auto", n=1, prompt="Duration: 10 seconds")
    (task,) = simulator.book.tasks.values()
    assert (task.piece_seconds, task.silent_seconds) == (seconds, silent)


def test_each_task_has_music_of_its_own_always_the_same() -> None:
    """Mixed-up tasks would be seen; a repeated download brings the same bytes."""
    assert music("1", 2, 0, "wav") != music("2", 2, 0, "wav")
    first = music("1", 2, 0, "wav")
    music.cache_clear()
    assert music("1", 2, 0, "wav") == first


async def test_a_client_that_has_gone_was_not_answered(simulator: MurekaSimulator) -> None:
    """The book tells when a payment's answer was lost between request and answer."""
    simulator.order(Fault("submit", "slow", seconds=0.5, accepted=True))
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(simulator.base_url).port)
    body = json.dumps({"model": "auto", "n": 1, "prompt": "x"}).encode()
    head = f"POST {URL} HTTP/1.1\r\nAuthorization: Bearer {API_KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async def is_over() -> bool:
        return "submit" in simulator.book.exchanges

    await eventually(is_over)
    (submission,) = simulator.book.submissions
    assert submission.task_id is not None
    assert submission.answered_at is None
    assert await reader.read() == b""


def test_a_fault_that_is_none_cannot_be_ordered() -> None:
    """A misspelt fault would make a test say more than it shows."""
    with pytest.raises(ValueError, match="There is no fault"):
        Fault("submit", "truncated")
