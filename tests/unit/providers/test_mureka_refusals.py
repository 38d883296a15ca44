"""What each refusal means: one test a row, through the real client."""

import pytest

from dalsegno.errors import (
    AccountSuspended,
    AuthenticationFailed,
    ContentPolicyViolation,
    DalSegnoError,
    InsufficientCredits,
    InvalidRequest,
    ProviderBusy,
    ProviderUnavailable,
    QuotaExceeded,
)
from dalsegno.models import MusicBrief
from dalsegno.providers.mureka import Mureka
from dalsegno.providers.mureka_answers import LONGEST_QUOTE, REFUSALS, refusal
from tests.support.departing import at_once
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault

QUOTA = "You exceeded your current quota, please check your plan and billing details."

# In the order of the table, a row with words once for each of them; then what no row names.
CASES: list[tuple[int, str, type[DalSegnoError]]] = [
    (400, "This prompt violates our content policy.", ContentPolicyViolation),
    (400, "Policy violation detected.", ContentPolicyViolation),
    (400, "The prompt contains sensitive words.", ContentPolicyViolation),
    (400, "Rejected by moderation.", ContentPolicyViolation),
    (400, "Inappropriate content.", ContentPolicyViolation),
    (400, "Prohibited content.", ContentPolicyViolation),
    (400, "Invalid Request", InvalidRequest),
    (401, "Invalid Authentication", AuthenticationFailed),
    (402, "Payment required", InsufficientCredits),
    (403, "Your account has been suspended.", AccountSuspended),
    (403, "This account is disabled.", AccountSuspended),
    (403, "This account was deactivated.", AccountSuspended),
    (403, "Banned.", AccountSuspended),
    (403, "Forbidden: your region is not supported.", AuthenticationFailed),
    (429, "Rate limit reached for requests", ProviderBusy),
    (429, "You have too many concurrent requests.", ProviderBusy),
    (429, "You exceeded your current quota of 3 requests per minute.", ProviderBusy),
    (429, "You exceeded your current quota of 1 request per second.", ProviderBusy),
    (429, "Too many requests, whatever your quota.", ProviderBusy),
    (429, QUOTA, QuotaExceeded),
    (429, "Please check your plan and billing details.", QuotaExceeded),
    (429, "Insufficient quota.", QuotaExceeded),
    (429, "Slow down.", ProviderBusy),
    (429, "Your quota renews itself in a moment.", ProviderBusy),
    (503, "The engine is currently overloaded, please try again later.", ProviderUnavailable),
    (404, "Not found", InvalidRequest),
    (405, "Method not allowed", InvalidRequest),
    (422, "Unprocessable", InvalidRequest),
]


@pytest.mark.parametrize(("status", "message", "error"), CASES)
async def test_a_refused_submission(
    status: int,
    message: str,
    error: type[DalSegnoError],
    mureka: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
) -> None:
    """By status, and by words where the status alone doesn't tell. Nothing is billed."""
    simulator.order(Fault("submit", "status", status=status, message=message))
    with pytest.raises(error) as raised:
        await mureka.submit(brief, about_to_send=at_once)
    assert type(raised.value) is error
    assert message in str(raised.value)
    assert f"HTTP {status}" in str(raised.value)
    assert simulator.book.tasks == {}


def test_each_word_of_the_table_has_its_case() -> None:
    """A word that no case holds is a word that nobody tried."""
    messages = [message.lower() for _, message, _ in CASES]
    for row in REFUSALS:
        for word in row.words:
            assert any(word in message for message in messages), word


@pytest.mark.parametrize("status", [401, 402, 403, 429])
async def test_a_refusal_without_a_body_is_one_too(
    status: int, mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief
) -> None:
    """Whatever answers so, the request got no further."""
    simulator.order(Fault("submit", "raw", status=status, message="<h1>No</h1>"))
    with pytest.raises(DalSegnoError) as raised:
        await mureka.submit(brief, about_to_send=at_once)
    kinds = {
        401: AuthenticationFailed,
        402: InsufficientCredits,
        403: AuthenticationFailed,
        429: ProviderBusy,
    }
    assert type(raised.value) is kinds[status]
    assert str(raised.value).endswith(f" It answered HTTP {status}.")


async def test_the_limit_of_tasks_in_flight_is_temporary(brief: MusicBrief) -> None:
    """As the service itself answers it."""
    async with MurekaSimulator(seconds=3_600, limit=1) as simulator:
        mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url)
        await mureka.submit(brief, about_to_send=at_once)
        with pytest.raises(ProviderBusy, match="concurrent"):
            await mureka.submit(brief, about_to_send=at_once)
        await mureka.close()
        assert (simulator.book.busy_answers, simulator.book.max_in_flight) == (1, 1)


async def test_a_wrong_key_is_said_to_be_one(simulator: MurekaSimulator, brief: MusicBrief) -> None:
    """With the name of the setting."""
    mureka = Mureka(api_key="another-key", base_url=simulator.base_url)
    with pytest.raises(AuthenticationFailed, match="DALSEGNO_MUREKA_API_KEY"):
        await mureka.submit(brief, about_to_send=at_once)
    with pytest.raises(AuthenticationFailed):
        await mureka.account()
    with pytest.raises(AuthenticationFailed):
        await mureka.task("1")
    await mureka.close()


def test_a_foreign_message_is_quoted_on_one_line_and_cut() -> None:
    """It is hostile, and ends up in histories and terminals."""
    hostile = '{"error":{"message":"\\u001b[31mred\\u0000\\n\\r\\u202e' + "x" * 5_000 + '"}}'
    text = str(refusal(400, hostile.encode(), "key"))
    assert text.isprintable()
    assert len(text) < LONGEST_QUOTE + 100
    assert "[31mred xxx" in text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"error":"no"}', b'{"error":{"message":1}}', b"\xff"]
)
def test_a_503_without_a_well_formed_error_tells_nothing(body: bytes) -> None:
    """It may come from a gateway, which has passed the request on."""
    assert refusal(503, body, "key") is None
