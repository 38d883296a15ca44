import pytest

from dalsegno.models import MusicRequest
from dalsegno.youtube_address import video_id, watch_address

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"https://youtube.com/watch?feature=shared&v={ID}&t=43s#here",
        f"https://m.youtube.com/watch?v={ID}",
        f"https://music.youtube.com/watch?v={ID}&list=RDAMVM{ID}",
        f"https://WWW.YouTube.com:443/watch?v={ID}",
        f"https://youtu.be/{ID}",
        f"https://youtu.be/{ID}?si=abc",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/embed/{ID}/",
        f"https://www.youtube.com/live/{ID}",
    ],
)
def test_the_addresses_of_one_video_name_it(address: str) -> None:
    """However it is shared; the list that it was opened from is left aside."""
    assert video_id(address) == ID
    request = MusicRequest.model_validate({"customer_id": "acme", "duration": 30.0, "youtube_url": address})
    assert request.youtube_url == address


@pytest.mark.parametrize(
    "address",
    [
        f"http://www.youtube.com/watch?v={ID}",
        f"https://evil.example/watch?v={ID}",
        f"https://youtube.com.evil.example/watch?v={ID}",
        f"https://www.youtube.com@evil.example/watch?v={ID}",
        f"https://user:secret@www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com:8443/watch?v={ID}",
        f"https://www.youtube.com:x/watch?v={ID}",
        f"https://[::1/watch?v={ID}",
        f"https://evil.example\\@www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/watch?v={ID}&v=xxxxxxxxxxx",
        f"https://www.youtube.com/watch?v={ID}x",
        f"https://www.youtube.com/watch?v={ID[:-1]}",
        f"https://www.youtube.com/watch?v={ID[:-1]}%0A",
        f"https://www.youtube.com/watch?v={ID[:-1]}ä",
        "https://www.youtube.com/playlist?list=PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs",
        "https://www.youtube.com/@somebody",
        f"https://www.youtube.com/redirect?q=http://127.0.0.1/&v={ID}",
        f"https://youtu.be/a/{ID}",
        f"https://youtu.be/{ID}/x",
        f"file:///watch?v={ID}",
        f"ytsearch:{ID}",
        ID,
        "",
        f"https://www.youtube.com/watch?{'a=b&' * 200}v={ID}",
    ],
)
def test_what_names_no_single_video_on_youtube_is_none(address: str) -> None:
    """Other hosts in disguise, other schemes, lists, ids that are too long or too short."""
    assert video_id(address) is None


def test_the_address_is_built_anew_from_the_id() -> None:
    """Nothing of what was given goes along but the eleven characters."""
    assert watch_address(ID) == f"https://www.youtube.com/watch?v={ID}"
