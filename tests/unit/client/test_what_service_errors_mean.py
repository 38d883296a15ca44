import pytest
from temporalio.api.common.v1 import GrpcStatus
from temporalio.service import RPCError, RPCStatusCode

from dalsegno.client.reaching import reaching_temporal
from dalsegno.errors import NoSuchJobError, SettingsError, UnreachableError


def error_of(status: RPCStatusCode) -> RPCError:
    """A service error without details."""
    return RPCError("odd", status, GrpcStatus(code=status.value).SerializeToString())


@pytest.mark.parametrize("status", [each for each in RPCStatusCode if each != RPCStatusCode.OK])
def test_every_service_error_has_a_meaning(status: RPCStatusCode) -> None:
    """None of them gets through to the user as it is."""
    with pytest.raises((SettingsError, UnreachableError)), reaching_temporal():
        raise error_of(status)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (RPCStatusCode.NOT_FOUND, NoSuchJobError, "no job j"),
        (RPCStatusCode.UNAVAILABLE, UnreachableError, "does not answer"),
        (RPCStatusCode.PERMISSION_DENIED, SettingsError, "TEMPORAL_API_KEY"),
        (RPCStatusCode.RESOURCE_EXHAUSTED, UnreachableError, "try again in a moment"),
        (RPCStatusCode.INTERNAL, UnreachableError, "INTERNAL: odd"),
    ],
)
def test_the_sentence_says_what_to_do(status: RPCStatusCode, error: type[Exception], said: str) -> None:
    """One for each kind."""
    with pytest.raises(error, match=said), reaching_temporal("j"):
        raise error_of(status)
