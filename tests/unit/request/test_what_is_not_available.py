import pytest

from dalsegno.errors import InvalidRequest
from dalsegno.models import PROVIDERS, BaseRequest, MusicRequest
from dalsegno.requests import refuse_unavailable

GOOD = {"customer_id": "acme", "duration": 60.0, "mood": "calm"}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("provider", "suno", "There is no provider 'suno'"),
    ],
)
@pytest.mark.parametrize("model", [BaseRequest, MusicRequest])
def test_what_nothing_serves_is_refused_in_a_checked_request_too(
    model: type[BaseRequest], field: str, value: str, said: str
) -> None:
    """Models let through what nothing serves yet: here it is refused."""
    with pytest.raises(InvalidRequest, match=said):
        refuse_unavailable(model.model_validate(GOOD | {field: value}))


def test_what_is_served_passes() -> None:
    """A request that names nothing of the kind, or a provider that is there."""
    refuse_unavailable(MusicRequest.model_validate(GOOD))
    for name in PROVIDERS:
        refuse_unavailable(MusicRequest.model_validate(GOOD | {"provider": name}))
