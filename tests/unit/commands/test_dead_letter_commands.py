import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from dalsegno.client.dead_letters import plan_retry
from dalsegno.commands.dead_letters import announcement
from dalsegno.commands.many import AT_ONCE, for_each
from dalsegno.commands.views import failed_table, groups_table, print_table
from dalsegno.models import JobSummary

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def a_failed_job(**changes: object) -> JobSummary:
    """A job that failed an hour ago."""
    return JobSummary.model_validate(
        {
            "job_id": "j" * 32,
            "run_id": "r",
            "customer_id": "acme",
            "status": "failed",
            "step": "uploading",
            "provider": "builtin",
            "started_at": NOW - timedelta(hours=2),
            "closed_at": NOW - timedelta(hours=1),
            "failed_step": "uploading",
            "failure_type": "ContentPolicyViolation",
        }
        | changes
    )


def shown(table: Any) -> list[str]:
    """A table as it stands on a terminal of 60 columns."""
    stream = io.StringIO()
    print_table(Console(file=stream, width=60, markup=False), table)
    return stream.getvalue().splitlines()


def test_failed_jobs_fit_on_sixty_columns() -> None:
    """The id, which is there to be copied, stays whole."""
    head, first, second = shown(failed_table([a_failed_job()], NOW))
    assert head.split() == ["JOB", "FAILED"]
    assert first.split() == ["j" * 32, "uploading"]
    assert second.split() == ["acme,", "1", "h", "ago", "ContentPolicyViolation"]


def test_what_others_wrote_commands_no_terminal() -> None:
    """Names come from outside."""
    evil = a_failed_job(customer_id="a\x1b[31m", failure_type="x\x1b]0;y")
    assert "\x1b" not in "".join(shown(failed_table([evil], NOW)))
    assert "\x1b" not in "".join(shown(groups_table([(("a\x1b[31m", "b\x1b[31m"), 2)])))


def test_groups_are_counted() -> None:
    """By step and type, with thousands told apart."""
    lines = shown(groups_table([(("generating", "ProviderBusy"), 1200), ((None, None), 1)]))
    assert lines[1].split() == ["1,200", "generating", "ProviderBusy"]
    assert lines[2].split() == ["1"]


def test_the_announcement_says_what_runs_again_and_what_it_costs() -> None:
    """One line for each set of steps, and one about money."""
    upload = plan_retry(a_failed_job())
    generate = plan_retry(a_failed_job(failed_step="generating"))
    assert announcement([upload]) == [
        f"Job {'j' * 32}: uploading runs again.",
        "Nothing is paid: the built-in composer makes the music.",
    ]
    assert announcement([upload, generate, upload])[:2] == [
        "2 jobs: uploading runs again.",
        "1 job: generating, uploading run again, those that are needed.",
    ]
    assert announcement([]) == []


def test_nothing_is_said_to_be_free_that_may_not_be() -> None:
    """A job of a paid provider, unless its music is kept."""
    upload = a_failed_job(provider="mureka")
    generate = a_failed_job(provider="mureka", failed_step="generating")
    assert announcement([plan_retry(upload)])[-1] == "Made by mureka, and kept: nothing is paid."
    assert "what was not ordered yet is, once" in announcement([plan_retry(generate)])[-1]
    assert (
        announcement([plan_retry(generate, pay_again=True)])[-1]
        == "Another generation is paid for at mureka."
    )
    assert "nothing is paid" in announcement([plan_retry(generate, adopt="17")])[-1]


@pytest.mark.parametrize("failure_type", ["SubmissionUnknown", "GenerationRejected"])
def test_a_payment_in_doubt_needs_a_decision(failure_type: str) -> None:
    """A plain retry says which there are; with one it is done, but for jobs that nobody is paid for."""
    doubtful = a_failed_job(provider="mureka", failed_step="generating", failure_type=failure_type)
    assert "--pay-again" in (plan_retry(doubtful).refusal or "")
    assert plan_retry(doubtful, pay_again=True).refusal is None
    assert plan_retry(doubtful, adopt="17").refusal is None
    assert plan_retry(a_failed_job(), pay_again=True).refusal == "no payment of it is in doubt"
    assert (
        plan_retry(a_failed_job(status="running", provider="mureka"), adopt="17").refusal == "it is running"
    )


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["retry"], "--all"),
        (["retry", "j", "--all"], "--all"),
        (["retry", "j", "--first", "3"], "--first"),
        (["retry", "j", "--step", "uploading"], "--all"),
        (["retry", "--all", "--first", "0"], "--first"),
        (["retry", "--all", "--pay-again"], "one job at a time"),
        (["retry", "j", "k", "--adopt", "17"], "one job at a time"),
        (["retry", "j", "--adopt", "17", "--pay-again"], "Either"),
        (["retry", "j", "--adopt", "../17"], "--adopt takes the id"),
        (["retry", "--all", "--step", "mixing"], "one of queued"),
        (["failed", "--failure-type", "Boredom"], "one of InvalidRequest"),
        (["failed", "--customer", "a' OR 1=1"], "letters, digits"),
        (["discard"], "JOB"),
        (["discard", "j"], "--yes"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_server_is_asked(
    arguments: list[str], hint: str, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and a sentence that says what to give."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ended = call(*arguments)
    assert ended.code == 2
    assert hint in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "arguments", [["failed"], ["retry", "j"], ["retry", "--all"], ["discard", "j", "--yes"]]
)
def test_without_a_server_there_is_one_sentence(arguments: list[str], call: Callable[..., Any]) -> None:
    """Exit code 3; an id that can be none is no such job."""
    ended = call(*arguments)
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert call("retry", "../x").code == 4
    assert call("discard", "../x", "--yes").code == 4


class Terminal(io.StringIO):
    """A terminal on which somebody has typed."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("", 1), ("\n", 1), ("y\n", 3), ("YES\n", 3)])
def test_discarding_asks_first(
    typed: str, code: int, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a yes gets as far as looking for a server."""
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    ended = call("discard", "j", "k")
    assert ended.err.startswith("Discard 2 jobs for good")
    assert ended.code == code
    assert ("Nothing was discarded." in ended.err) == (code == 1)


async def test_at_most_twenty_at_once_in_order() -> None:
    """All are done, and the count of those that are is told."""
    now, most = 0, 0
    told: list[int] = []

    async def work(number: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return number * 2

    assert await for_each(range(50), work, told.append) == [2 * number for number in range(50)]
    assert most == AT_ONCE
    assert told == list(range(1, 51))
