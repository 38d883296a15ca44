import pytest

from dalsegno.client import MusicClient
from dalsegno.errors import InvalidRequest
from dalsegno.models import MusicRequest
from dalsegno.storage.memory import MemoryObjectStore


@pytest.mark.parametrize("wish", [{"reference_audio": "there-is-no-such.mp3"}, {"provider": "suno"}])
async def test_the_client_refuses_before_anything_is_stored_or_started(
    wish: dict[str, str], client: MusicClient, store: MemoryObjectStore
) -> None:
    """No server is asked, nothing is staged."""
    request = MusicRequest.model_validate(
        {"customer_id": "acme", "duration": 60, "segments": [{"start": 0.0, "end": 1.0, "text": "Go."}]}
        | wish
    )
    with pytest.raises(InvalidRequest, match=r"can't be read|no provider"):
        await client.start(request)
    assert [key async for key in store.list("")] == []
