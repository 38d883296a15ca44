"""The one table of time-outs and retries."""

from datetime import timedelta

import pytest

from activities.processes import LONGEST_SECONDS
from dalsegno.errors import FAILURE_TYPES, PERMANENT_TYPES, TEMPORARY_TYPES
from workflows.policies import POLICIES, QUESTION, RENDER, SUBMIT, TIDYING

CONTRACT_PERMANENT = {
    "InvalidRequest", "ContentPolicyViolation", "QuotaExceeded", "InsufficientCredits", "AuthenticationFailed",
    "AccountSuspended", "SourceUnavailable", "UnsupportedSource", "SubmissionUnknown", "GenerationRejected",
    "StorageDenied", "PayloadTooLarge", "InternalError",
}  # fmt: skip
CONTRACT_TEMPORARY = {
    "ProviderBusy", "ProviderUnavailable", "GenerationTimedOut", "DownloadFailed", "SourceThrottled",
    "StorageUnavailable", "DatabaseUnavailable", "StepTimedOut", "JobTimedOut",
}  # fmt: skip


def test_the_errors_are_those_of_the_contract() -> None:
    """No type more, none less, each on its side."""
    assert set(PERMANENT_TYPES) == CONTRACT_PERMANENT
    assert set(TEMPORARY_TYPES) == CONTRACT_TEMPORARY
    assert len(FAILURE_TYPES) == len(CONTRACT_PERMANENT | CONTRACT_TEMPORARY)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("permanent", [*sorted(CONTRACT_PERMANENT), "PayloadsTooLarge"])
def test_no_policy_retries_a_permanent_failure(name: str, permanent: str) -> None:
    """Every policy names every permanent type, the SDK's own for oversized results too."""
    assert permanent in (POLICIES[name].options(5)["retry_policy"].non_retryable_error_types or ())


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("temporary", sorted(CONTRACT_TEMPORARY))
def test_every_policy_retries_a_temporary_failure(name: str, temporary: str) -> None:
    """What may heal is not given up at once."""
    assert temporary not in (POLICIES[name].options(5)["retry_policy"].non_retryable_error_types or ())


@pytest.mark.parametrize(
    "name", [name for name, policy in POLICIES.items() if policy not in (QUESTION, TIDYING)]
)
def test_store_and_database_may_be_away_for_ten_minutes(name: str) -> None:
    """All attempts together take longer, and their number is not bounded; a question, or tidying up, may fail."""
    options = POLICIES[name].options(5)
    assert options["schedule_to_close_timeout"] >= timedelta(minutes=10)
    assert options["retry_policy"].maximum_attempts == 0


def test_a_provider_that_is_busy_is_asked_after_five_seconds_doubling_up_to_three_hundred() -> None:
    """The first wait is the job's own; a longer one than the longest is kept too."""
    retry = SUBMIT.options(5)["retry_policy"]
    assert retry.initial_interval == timedelta(seconds=5)
    assert retry.backoff_coefficient == 2
    assert retry.maximum_interval == timedelta(seconds=300)
    assert SUBMIT.options(0.1)["retry_policy"].initial_interval == timedelta(seconds=0.1)


@pytest.mark.parametrize("name", ["reconcile_rows", "reconcile_runs", "sweep_staging"])
def test_no_round_of_the_housekeeping_hangs_for_long(name: str) -> None:
    """Where a store is away, the next round looks again."""
    assert POLICIES[name].options(5)["schedule_to_close_timeout"] <= timedelta(minutes=15)


def test_no_job_waits_long_for_its_old_runs_to_be_deleted() -> None:
    """The housekeeping does it too."""
    assert POLICIES["forget_superseded_runs"].options(5)["schedule_to_close_timeout"] <= timedelta(seconds=30)


def test_own_work_goes_on_soon_after_an_outage() -> None:
    """Ten seconds after the store is back, at the latest."""
    assert RENDER.options(5)["retry_policy"].maximum_interval == timedelta(seconds=10)


@pytest.mark.parametrize("name", POLICIES)
def test_a_dead_worker_is_missed_within_seconds(name: str) -> None:
    """Long attempts heartbeat; those without are short."""
    options = POLICIES[name].options(5)
    silence = options["heartbeat_timeout"] or options["start_to_close_timeout"]
    assert silence <= timedelta(seconds=10)


@pytest.mark.parametrize("name", ["analyze_scenes", "generate_music", "fit_music"])
def test_a_process_is_ended_before_its_attempt_is_given_up(name: str) -> None:
    """Else it would never be said that the work doesn't end, and another attempt would begin."""
    assert POLICIES[name].attempt.total_seconds() > LONGEST_SECONDS
