"""Ordering music: what is sent, when, and what each way in which it can go wrong means."""

import asyncio
import json
import re
import socket
from datetime import UTC, datetime

import pytest

from dalsegno.errors import DatabaseUnavailable, ProviderBusy, ProviderUnavailable, SubmissionUnknown
from dalsegno.models import MusicBrief
from dalsegno.providers.departure import Departure
from dalsegno.providers.mureka import Mureka
from dalsegno.providers.mureka_prompt import prompt_of
from tests.support.departing import at_once
from tests.support.eventually import eventually
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault
from tests.support.tcp_listener import tcp_listener


async def test_one_track_is_ordered_and_billed(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """The service would make two, and bill both, if it were not told."""
    task_id = await mureka.submit(brief, about_to_send=at_once)
    (task,) = simulator.book.tasks.values()
    assert (task.task_id, task.prompt, task.model, task.tracks) == (task_id, prompt_of(brief), "auto", 1)


async def test_the_model_of_the_settings_is_ordered(simulator: MurekaSimulator, brief: MusicBrief) -> None:
    """It is the user's choice."""
    mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url + "/", model="mureka-9")
    task_id = await mureka.submit(brief, about_to_send=at_once)
    assert simulator.book.tasks[task_id].model == "mureka-9"
    await mureka.close()


async def test_it_is_asked_once_while_nothing_is_sent_but_the_connection_stands(brief: MusicBrief) -> None:
    """What is done before the request leaves is done at the last moment, so that little can come in between."""
    connected = asyncio.Event()
    received = bytearray()
    asked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        received.extend(await reader.readuntil(b"}"))
        answer = json.dumps({"id": "77"}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

    async def about_to_send() -> datetime:
        await asyncio.wait_for(connected.wait(), 30)
        await asyncio.sleep(0.1)
        asked.append(bytes(received))
        return await at_once()

    async with tcp_listener(listen) as port:
        mureka = Mureka(api_key=API_KEY, base_url=f"http://127.0.0.1:{port}")
        assert await mureka.submit(brief, about_to_send=about_to_send) == "77"
        await mureka.close()
    assert asked == [b""]
    assert received.startswith(b"POST /v1/instrumental/generate HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "error", [ProviderBusy("No."), DatabaseUnavailable("No."), TimeoutError(), OSError()]
)
async def test_what_stops_it_is_raised_as_it_is_and_nothing_is_sent(
    error: Exception, mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """Whoever stops a request knows why."""

    async def stop() -> datetime:
        raise error

    with pytest.raises(type(error)) as raised:
        await mureka.submit(brief, about_to_send=stop)
    assert raised.value is error
    assert simulator.book.submissions == []


async def test_time_used_up_before_the_request_leaves_sends_nothing(
    hasty: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """Then it was surely not accepted, and may be tried again."""
    with pytest.raises(ProviderUnavailable):
        await hasty.submit(brief, about_to_send=lambda: asyncio.sleep(60, datetime.max.replace(tzinfo=UTC)))
    assert simulator.book.submissions == []


async def test_a_request_that_is_late_does_not_leave(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """A process that was frozen until then has no right to pay any more."""

    async def too_late() -> datetime:
        return datetime.now(UTC)

    with pytest.raises(ProviderUnavailable, match="its time was over"):
        await mureka.submit(brief, about_to_send=too_late)
    assert simulator.book.submissions == []


async def test_nothing_has_its_turn_between_the_last_look_and_the_write(
    simulator: MurekaSimulator, brief: MusicBrief, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is looked at in the step that hands the body to the system, not in one before it."""
    steps: list[str] = []
    leave, write = Departure.leave, asyncio.StreamWriter.write

    def noted_leave(self: Departure) -> None:
        asyncio.get_running_loop().call_soon(steps.append, "others")
        steps.append("look")
        leave(self)

    def noted_write(self: asyncio.StreamWriter, data: bytes) -> None:
        steps.append("write")
        write(self, data)

    mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url)
    monkeypatch.setattr(Departure, "leave", noted_leave)
    monkeypatch.setattr(asyncio.StreamWriter, "write", noted_write)
    await mureka.submit(brief, about_to_send=at_once)
    await mureka.close()
    looks = [number for number, step in enumerate(steps) if step == "look"]
    assert len(looks) >= 2
    assert all(steps[number + 1] == "write" for number in looks)


async def test_a_refused_connection_was_surely_not_accepted(brief: MusicBrief) -> None:
    """It can be tried again without a thought."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mureka = Mureka(api_key=API_KEY, base_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ProviderUnavailable, match=r"127\.0\.0\.1 can't be reached.*ConnectError"):
            await mureka.submit(brief, about_to_send=at_once)
        await mureka.close()


async def test_a_name_that_leads_nowhere_was_surely_not_accepted(brief: MusicBrief) -> None:
    """Names under `invalid` never exist (RFC 2606)."""
    mureka = Mureka(api_key=API_KEY, base_url="https://mureka.invalid")
    with pytest.raises(ProviderUnavailable):
        await mureka.submit(brief, about_to_send=at_once)
    await mureka.close()


async def test_a_failed_handshake_was_surely_not_accepted(brief: MusicBrief) -> None:
    """The request is encrypted, so it can't have left yet."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with tcp_listener(listen) as port:
        mureka = Mureka(api_key=API_KEY, base_url=f"https://127.0.0.1:{port}")
        with pytest.raises(ProviderUnavailable):
            await mureka.submit(brief, about_to_send=at_once)
        await mureka.close()


UNCLEAR = {
    "cut before": Fault("submit", "cut"),
    "cut after": Fault("submit", "cut", accepted=True),
    "malformed": Fault("submit", "malformed", accepted=True),
    "no id": Fault("submit", "missing", field="id", accepted=True),
    "500": Fault("submit", "status", status=500, accepted=True),
    "502": Fault("submit", "status", status=502),
    "504": Fault("submit", "status", status=504, accepted=True),
    "408": Fault("submit", "status", status=408),
    "a gateway's 503": Fault(
        "submit", "raw", status=503, message="<h1>Service Unavailable</h1>", accepted=True
    ),
    "a gateway's page": Fault("submit", "raw", status=200, message="<h1>Please wait</h1>"),
    "an error as a success": Fault("submit", "raw", status=200, message='{"error":{"message":"Busy"}}'),
    "an id that is a path": Fault("submit", "raw", status=200, message='{"id":"../account"}'),
    "an id that is a list": Fault("submit", "raw", status=200, message='{"id":["1"]}'),
    "deep nesting": Fault("submit", "raw", status=200, message="[" * 200_000),
    "too long": Fault("submit", "raw", status=200, message='{"id":"1","x":"' + "x" * 1_000_000 + '"}'),
    "an id in an error": Fault("submit", "raw", status=500, message='{"id":"1"}'),
    "an id in a redirect": Fault("submit", "raw", status=302, message='{"id":"1"}'),
    "redirect": Fault("submit", "redirect", location="/v1/instrumental/generate"),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_without_a_clear_answer_the_outcome_is_unknown(
    fault: Fault, mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """It is sent once, and the error says what to look up at the service."""
    simulator.order(fault)
    with pytest.raises(SubmissionUnknown) as raised:
        await mureka.submit(brief, about_to_send=at_once)
    assert re.search(r"at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", str(raised.value))
    assert "“A lake at dawn. Mood: calm" in str(raised.value)
    assert len(simulator.book.submissions) == 1
    assert len(simulator.book.tasks) == fault.accepted


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(
    *, accepted: bool, hasty: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """However long one waits."""
    simulator.order(Fault("submit", "hang", accepted=accepted))
    with pytest.raises(SubmissionUnknown, match=r"\(\w*Timeout\w*\)"):
        await hasty.submit(brief, about_to_send=at_once)
    assert len(simulator.book.tasks) == accepted


async def test_a_slow_answer_is_awaited(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """The task is paid for."""
    simulator.order(Fault("submit", "slow", seconds=0.5, accepted=True))
    assert await mureka.submit(brief, about_to_send=at_once) in simulator.book.tasks


async def test_a_number_as_id_is_read(mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief) -> None:
    """To refuse it would lose a task that is paid for."""
    simulator.order(Fault("submit", "raw", status=200, message='{"id":1436211}'))
    assert await mureka.submit(brief, about_to_send=at_once) == "1436211"


async def test_each_submission_has_a_connection_of_its_own(brief: MusicBrief) -> None:
    """One that the service is just closing would make the outcome unknown for nothing."""
    connections = 0

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"}")
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"id":1}')

    async with tcp_listener(listen) as port:
        mureka = Mureka(api_key=API_KEY, base_url=f"http://127.0.0.1:{port}")
        for _ in range(3):
            await mureka.submit(brief, about_to_send=at_once)
        await mureka.close()
    assert connections == 3


async def test_a_cancelled_submission_stays_cancelled(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """Nothing turns a cancellation into an answer."""
    simulator.order(Fault("submit", "hang", accepted=True))
    submitting = asyncio.create_task(mureka.submit(brief, about_to_send=at_once))

    async def is_accepted() -> bool:
        return bool(simulator.book.tasks)

    await eventually(is_accepted)
    submitting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submitting


async def test_a_request_that_does_not_get_through_is_not_delivered_late(
    simulator: MurekaSimulator, brief: MusicBrief, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system would go on trying for a quarter of an hour, even for a process that was killed."""
    patience: list[int] = []
    write = asyncio.StreamWriter.write

    def noted_write(self: asyncio.StreamWriter, data: bytes) -> None:
        connection: socket.socket = self.get_extra_info("socket")
        patience.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        write(self, data)

    mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url)
    monkeypatch.setattr(asyncio.StreamWriter, "write", noted_write)
    await mureka.submit(brief, about_to_send=at_once)
    await mureka.close()
    assert 0 < patience[0] <= 8_000
