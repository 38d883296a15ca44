from collections.abc import Callable
from typing import Any

import pytest


def test_migrate_brings_a_new_database_up_to_date_once(call: Callable[..., Any]) -> None:
    """The first call says what it applied, the second that nothing was left to do."""
    first = call("migrate", "--json")
    assert first.code == 0
    assert first.document["applied"]

    assert call("migrate", "--json").document == {"applied": []}
    assert call("migrate").out == "The schema is up to date.\n"


def test_a_wrong_setting_ends_the_command_before_it_begins(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and the sentence names the variable."""
    monkeypatch.setenv("DALSEGNO_WORKER_CONCURRENCY", "many")
    ended = call("migrate")

    assert ended.code == 2
    assert "DALSEGNO_WORKER_CONCURRENCY" in ended.err
