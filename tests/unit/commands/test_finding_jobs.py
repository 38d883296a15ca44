from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("command", ["status", "watch", "cancel"])
@pytest.mark.parametrize("job", ["../x", "", "j" * 129, "a b", "a'b"])
def test_what_can_be_no_job_s_id_is_no_such_job(command: str, job: str, call: Callable[..., Any]) -> None:
    """Without a server being asked, and for fetching as well."""
    ended = call(command, job)

    assert ended.code == 4
    assert ended.err.startswith("There is no job")
    assert call("fetch", job, "--to", "x").code == 4


@pytest.mark.parametrize(
    "arguments",
    [["status", "j"], ["watch", "j"], ["cancel", "j"], ["fetch", "j", "--to", "x"], ["list"]],
)
def test_without_a_server_the_sentence_says_how_to_get_one(
    arguments: list[str], call: Callable[..., Any]
) -> None:
    """Exit code 3, one line, and the same as a document."""
    ended = call(*arguments)

    assert ended.code == 3
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert "dalsegno up" in ended.err
    assert call(*arguments, "--json").document["error"]["type"] == "UnreachableError"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--step", "mixing"], "one of queued, analyzing"),
        (["--status", "done"], "'completed'"),
        (["--customer", "a' OR 1=1"], "letters, digits"),
        (["--limit", "0"], "limit"),
    ],
)
def test_a_filter_that_fits_nothing_is_refused(
    arguments: list[str], hint: str, call: Callable[..., Any]
) -> None:
    """The sentence says what it may be; no query is made of it."""
    ended = call("list", *arguments)

    assert ended.code == 2
    assert hint in ended.err
