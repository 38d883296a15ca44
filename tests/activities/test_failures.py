"""From errors to failures."""

import errno
import tempfile
from pathlib import Path

import pytest

from activities.failures import LONGEST_MESSAGE, failure_of
from dalsegno.errors import (
    DalSegnoError,
    ObjectExists,
    ObjectMissing,
    PermanentError,
    QuotaExceeded,
    TemporaryError,
)


@pytest.mark.parametrize("error", [*PermanentError.__subclasses__(), *TemporaryError.__subclasses__()])
def test_each_error_fails_under_its_own_name(error: type[DalSegnoError]) -> None:
    """The class decides; the sentence goes along."""
    failure = failure_of(error("A sentence."))
    assert (failure.type, failure.message) == (error.__name__, "A sentence.")


@pytest.mark.parametrize("error", [ObjectMissing, ObjectExists])
def test_a_refinement_fails_under_the_contracts_name(error: type[DalSegnoError]) -> None:
    """Users know no other names."""
    assert failure_of(error("x")).type == "StorageDenied"


def test_whether_to_retry_is_left_to_the_policy() -> None:
    """The policies name the permanent types; the failure itself doesn't forbid."""
    assert not failure_of(QuotaExceeded("x")).non_retryable


def test_a_long_message_is_cut() -> None:
    """A failure travels with every retry."""
    assert len(failure_of(QuotaExceeded("x" * 5_000_000)).message) == LONGEST_MESSAGE


def test_an_unexpected_error_keeps_its_text_to_itself() -> None:
    """Class and place are told."""
    try:
        raise ValueError("token=hunter2")  # noqa: TRY301  (it needs a traceback)
    except ValueError as error:
        failure = failure_of(error)
    assert failure.type == "InternalError"
    assert "ValueError at test_failures.py" in failure.message
    assert "hunter2" not in failure.message


def test_a_full_disk_is_no_bug() -> None:
    """It is over when somebody has freed some space."""
    failure = failure_of(OSError(errno.ENOSPC, "No space left on device"))
    assert (failure.type, failure.non_retryable) == ("StorageUnavailable", False)
    assert "free some space" in failure.message
    assert failure_of(OSError(errno.EIO, "Input/output error")).type == "InternalError"


def test_a_folder_that_is_gone_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask for its space raises; the error that it was asked for is what counts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert "KeyError" in failure_of(KeyError()).message
