from collections.abc import Iterator
from pathlib import Path

import pytest

from dalsegno.commands.jobs import embedded_address
from dalsegno.runtime.stack_state import StackLock, StackState


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StackState]:
    """A stack that is up in the home, as far as others can see."""
    monkeypatch.setenv("DALSEGNO_HOME", str(tmp_path))
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    state = StackState(temporal_address="127.0.0.1:4711", web_ui="http://127.0.0.1:4712", home=str(tmp_path))
    lock = StackLock(tmp_path)
    assert lock.acquire()
    lock.publish(state)
    yield state
    lock.release()


def test_the_embedded_stack_s_address_is_known(stack: StackState) -> None:
    """By the home that it runs in."""
    assert embedded_address() == stack.temporal_address


def test_another_server_of_the_environment_goes_before(
    stack: StackState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal's own command line finds that one by itself."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    assert embedded_address() is None


def test_where_no_stack_runs_there_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that is empty."""
    monkeypatch.setenv("DALSEGNO_HOME", str(tmp_path / "empty"))
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    assert embedded_address() is None
