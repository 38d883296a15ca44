"""What a worker's log says at its start of the accounts that pay."""

import pytest
from structlog.testing import capture_logs

from dalsegno.providers.mureka import Mureka
from dalsegno.runtime.accounts import tell_of_accounts
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault


async def test_a_provider_without_a_key_is_named() -> None:
    """With the setting that lacks."""
    with capture_logs() as logs:
        await tell_of_accounts({})
    (line,) = logs
    assert line["event"] == "provider_without_key"
    assert "DALSEGNO_MUREKA_API_KEY" in line["message"]


@pytest.mark.parametrize(("there", "warned"), [(3, False), (2, True)])
async def test_more_slots_than_the_account_has_are_warned_of(there: int, *, warned: bool) -> None:
    """And what is left on it is told."""
    async with MurekaSimulator(limit=there) as mureka:
        provider = Mureka(api_key=API_KEY, base_url=mureka.base_url, concurrency=3)
        with capture_logs() as logs:
            await tell_of_accounts({"mureka": provider})
        await provider.close()
    assert logs[0]["event"] == "provider_account"
    assert logs[0]["balance"] == 10_000
    assert logs[0]["concurrent_tasks"] == there
    assert any("DALSEGNO_MUREKA_CONCURRENCY" in line.get("message", "") for line in logs) == warned
    assert API_KEY not in str(logs)


async def test_a_service_that_does_not_answer_stops_nothing() -> None:
    """It is told, and that is all."""
    async with MurekaSimulator() as mureka:
        mureka.order(Fault("billing", "cut"))
        provider = Mureka(api_key=API_KEY, base_url=mureka.base_url)
        with capture_logs() as logs:
            await tell_of_accounts({"mureka": provider})
        await provider.close()
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("provider_account", "warning")
