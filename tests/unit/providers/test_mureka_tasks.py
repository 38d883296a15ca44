"""Asking about a task, and about the account."""

import socket

import pytest

from dalsegno.errors import (
    AuthenticationFailed,
    DalSegnoError,
    GenerationRejected,
    ProviderBusy,
    ProviderUnavailable,
    SettingsError,
    TaskGone,
)
from dalsegno.models import MusicBrief
from dalsegno.ports import ProviderAccount, ProviderTask
from dalsegno.providers.mureka import Mureka
from dalsegno.providers.mureka_answers import LONGEST_REASON, read_task
from tests.support.departing import at_once
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("preparing", "waiting"),
        ("queued", "waiting"),
        ("running", "running"),
        ("streaming", "running"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("timeouted", "failed"),
        ("cancelled", "failed"),
    ],
)
def test_each_status_has_its_state(status: str, state: str) -> None:
    """All that the service documents."""
    assert read_task(f'{{"id":"7","status":"{status}"}}'.encode(), "7", "key").state == state


async def test_a_task_waits_runs_and_succeeds(brief: MusicBrief) -> None:
    """Told by the service as time passes."""
    async with MurekaSimulator(seconds=10) as simulator:
        now = [0.0]
        simulator.book.clock = lambda: now[0]
        mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url)
        task_id = await mureka.submit(brief, about_to_send=at_once)

        async def state_at(time: float) -> str:
            now[0] = time
            return (await mureka.task(task_id)).state

        states = [await state_at(time) for time in (0.0, 2.0, 5.0, 10.0)]
        await mureka.close()
    assert states == ["waiting", "waiting", "running", "succeeded"]


@pytest.mark.parametrize(
    ("fate", "reason"),
    [("failed", "Too much brass."), ("timeouted", "timeouted"), ("cancelled", "cancelled")],
)
async def test_a_task_that_fails_says_why(
    fate: str, reason: str, mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """In the service's words, else by its status."""
    simulator.order(Fault("task", fate, message="Too much brass."))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    assert await mureka.task(task_id) == ProviderTask(task_id, "failed", reason)


def test_a_hostile_reason_is_cleaned_and_cut() -> None:
    """It ends up in histories and terminals."""
    body = b'{"id":"7","status":"failed","failed_reason":"a\\u0000\\u001b[2J' + b"x" * 5_000 + b' key"}'
    reason = read_task(body, "7", "key").reason
    assert reason
    assert reason.isprintable()
    assert len(reason) == LONGEST_REASON


@pytest.mark.parametrize("status", ['"dreaming"', "null", "7", "[]", "{}"])
def test_a_status_that_is_not_known_is_not_taken_for_running(status: str) -> None:
    """It may be a new word for a failure."""
    with pytest.raises(ProviderUnavailable, match="status that is not known"):
        read_task(f'{{"id":"7","status":{status}}}'.encode(), "7", "key")


def test_an_answer_about_another_task_is_refused() -> None:
    """Else a customer might get another one's music."""
    with pytest.raises(ProviderUnavailable, match="another task"):
        read_task(b'{"id":"8","status":"succeeded"}', "7", "key")


async def test_a_task_that_is_not_known_is_rejected(mureka: Mureka) -> None:
    """No waiting brings it back."""
    with pytest.raises(GenerationRejected, match="knows no task 999"):
        await mureka.task("999")


@pytest.mark.parametrize(
    "task_id",
    ["", ".", "..", "../account/billing", "1/2", "1?x=1", "1#", "1%2e", "1 2", "1\n", "é", "x" * 129],
)
async def test_an_id_that_is_none_never_reaches_the_service(
    task_id: str, mureka: Mureka, simulator: MurekaSimulator
) -> None:
    """Ids come from people too, and become part of a path."""
    with pytest.raises(GenerationRejected, match="no such task"):
        await mureka.task(task_id)
    assert simulator.book.exchanges == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("query", "status", status=400), ProviderUnavailable),
        (Fault("query", "status", status=400, message="sensitive"), ProviderUnavailable),
        (Fault("query", "status", status=402), ProviderUnavailable),
        (Fault("query", "status", status=403), AuthenticationFailed),
        (Fault("query", "status", status=410), TaskGone),
        (Fault("query", "status", status=429), ProviderBusy),
        (Fault("query", "status", status=500), ProviderUnavailable),
        (Fault("query", "status", status=503), ProviderUnavailable),
        (Fault("query", "raw", status=503, message="<h1>No</h1>"), ProviderUnavailable),
        (Fault("query", "raw", status=200, message="<h1>Yes</h1>"), ProviderUnavailable),
        (Fault("query", "redirect", location="/"), ProviderUnavailable),
        (Fault("query", "malformed"), ProviderUnavailable),
        (Fault("query", "missing", field="status"), ProviderUnavailable),
        (Fault("query", "cut"), ProviderUnavailable),
        (Fault("query", "hang"), ProviderUnavailable),
    ],
)
async def test_a_question_that_fails(
    fault: Fault,
    error: type[DalSegnoError],
    hasty: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
) -> None:
    """What may pass is temporary: the task is paid for, and worth asking again."""
    task_id = await hasty.submit(brief, about_to_send=at_once)
    simulator.order(fault)
    with pytest.raises(error) as raised:
        await hasty.task(task_id)
    assert type(raised.value) is error


async def test_a_service_that_is_down_is_unavailable() -> None:
    """Asked again later."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mureka = Mureka(api_key=API_KEY, base_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ProviderUnavailable):
            await mureka.task("1")
        await mureka.close()


async def test_the_account(mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief) -> None:
    """What is left on it, and how many tasks it may have in flight."""
    assert await mureka.account() == ProviderAccount(balance=10_000, concurrent_tasks=1_000)
    await mureka.submit(brief, about_to_send=at_once)
    simulator.order(Fault("billing", "missing", field="concurrent_request_limit"))
    assert await mureka.account() == ProviderAccount(balance=9_997, concurrent_tasks=None)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("billing", "missing", field="balance"),
        Fault("billing", "malformed"),
        Fault("billing", "status", status=404),
        Fault("billing", "raw", status=200, message='{"balance":1e400}'),
        Fault("billing", "raw", status=200, message='{"balance":NaN}'),
        Fault("billing", "raw", status=200, message='{"balance":"12"}'),
    ],
)
async def test_an_account_that_cannot_be_read_is_unavailable(
    fault: Fault, mureka: Mureka, simulator: MurekaSimulator
) -> None:
    """No number is made up."""
    simulator.order(fault)
    with pytest.raises(ProviderUnavailable):
        await mureka.account()


@pytest.mark.parametrize("api_key", ["", " ", "a b", "key\n", "clé", "k\0"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(api_key: str) -> None:
    """Further on it would appear in the errors of others."""
    with pytest.raises(SettingsError) as raised:
        Mureka(api_key=api_key)
    assert str(raised.value) == "DALSEGNO_MUREKA_API_KEY must be a key: printable ASCII without spaces."


@pytest.mark.parametrize(
    "base_url",
    ["", "api.mureka.ai", "ftp://x", "https://", "https://u:p@x", "https://x?a=1", "https://x:y", "\0"],
)
def test_a_base_url_that_cannot_be_one_is_refused(base_url: str) -> None:
    """At the start of the program."""
    with pytest.raises(SettingsError, match="DALSEGNO_MUREKA_BASE_URL"):
        Mureka(api_key="key", base_url=base_url)
