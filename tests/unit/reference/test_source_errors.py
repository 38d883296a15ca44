"""What YouTube's refusals mean, through yt-dlp's own code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.networking.exceptions import CertificateVerifyError, TransportError
from yt_dlp.utils import ExtractorError

from dalsegno.errors import DalSegnoError, SourceThrottled, SourceUnavailable, UnsupportedSource
from dalsegno.reference.source_errors import TABLE, meaning
from dalsegno.reference.video_sound import Access, fetch_sound
from tests.support.ports import free_ports
from tests.support.video_site import PageIE, RefusingIE, SiteIE, VideoSite, serving_videos

HINT = "Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ"

# yt-dlp leaves a socket of a failed exchange to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# As YouTube and yt-dlp word them.
TEXTS = [
    ("This content isn't available, try again later. The current session has been rate-limited by YouTube.",
     SourceThrottled, "asks to slow down"),
    ("Video unavailable. This content isn't available, try again later.", SourceThrottled, "come back later"),
    (f"Sign in to confirm you\u2019re not a bot. {HINT}", SourceThrottled, "DALSEGNO_YTDLP_COOKIES"),
    (f"Sign in to confirm you're not a bot. {HINT}", SourceThrottled, "doubts that a person"),
    ("Video unavailable. YouTube is requiring a captcha challenge before playback", SourceThrottled, "doubts"),
    ("An error occurred. Please try again later.", SourceThrottled, "come back later"),
    ("The page needs to be reloaded.", SourceThrottled, "come back later"),
    ("Failed to extract any player response", SourceThrottled, "tells nothing"),
    ("Private video. Sign in if you've been granted access to this video. " + HINT, SourceUnavailable, "is private"),
    ("This video is private", SourceUnavailable, "is private"),
    ("Video unavailable. This video has been removed by the uploader", SourceUnavailable, "was removed"),
    ("This video has been removed for violating YouTube's Terms of Service", SourceUnavailable, "was removed"),
    ("Video unavailable. This video is no longer available due to a copyright claim by Somebody", SourceUnavailable,
     "copyright"),
    ("Video unavailable. This video contains content from Rotana, who has blocked it on copyright grounds",
     SourceUnavailable, "copyright"),
    ("Video unavailable. This video contains content from X, who has blocked it in your country on copyright grounds",
     SourceUnavailable, "in the country of the worker"),
    ("This video is no longer available because the YouTube account associated with this video has been terminated.",
     SourceUnavailable, "account was closed"),
    ("Join this channel to get access to members-only content like this video, and other exclusive perks.",
     SourceUnavailable, "members"),
    ("This video is available to this channel's members on level: Fan (or any higher level).", SourceUnavailable,
     "members"),
    (f"Sign in to confirm your age. This video may be inappropriate for some users. {HINT}", SourceUnavailable,
     "adults"),
    ("This video requires payment to watch", SourceUnavailable, "paid for"),
    ("This video is only available to Music Premium members", SourceUnavailable, "members"),
    ("The uploader has not made this video available in your country", SourceUnavailable, "country of the worker"),
    (f"Please sign in. {HINT}", SourceUnavailable, "who is signed in"),
    ("Video unavailable", SourceUnavailable, "no such video"),
    ("Video unavailable. This content isn\u2019t available.", SourceUnavailable, "no such video"),
    ("This video is DRM protected", UnsupportedSource, "protected against copying"),
    ("This live event will begin in 3 hours.", UnsupportedSource, "is live"),
    ("Premieres in 20 minutes", UnsupportedSource, "is live"),
    ("This live stream recording is not available.", UnsupportedSource, "is live"),
    ("Requested format is not available. Use --list-formats for a list of available formats", UnsupportedSource,
     "no sound"),
    ("Unsupported URL: https://www.youtube.com/watch", UnsupportedSource, "not one that music"),
    ("Unable to extract yt initial data", SourceUnavailable, "a newer yt-dlp may help"),
]  # fmt: skip

# What comes of the line, as yt-dlp words it.
OF_THE_LINE = [
    "HTTP Error 429: Too Many Requests",
    "HTTP Error 503: Unavailable",
    "HTTP Error 403: Forbidden",
]


@pytest.fixture(scope="module")
def site() -> Iterator[VideoSite]:
    """A site on this machine."""
    with serving_videos() as site:
        yield site


def refusal(extractor: InfoExtractor, folder: Path) -> DalSegnoError:
    """What is raised instead of a sound."""
    with pytest.raises(DalSegnoError) as refused:
        fetch_sound(
            "dQw4w9WgXcQ",
            folder,
            extractor=extractor,
            access=Access(),
            most_bytes=1 << 20,
            tell=lambda _: None,
        )
    return refused.value


@pytest.mark.parametrize(("text", "error", "said"), TEXTS, ids=[text[:40] for text, *_ in TEXTS])
def test_each_text_means_its_error(text: str, error: type[DalSegnoError], said: str, tmp_path: Path) -> None:
    """Whether waiting helps is the class; what to do is the sentence. YouTube's own text isn't told on."""
    found = refusal(RefusingIE(text), tmp_path)
    assert type(found) is error
    assert said in str(found)
    assert HINT not in str(found)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, SourceThrottled),
        (500, SourceThrottled),
        (503, SourceThrottled),
        (408, SourceThrottled),
        (403, SourceThrottled),
        (401, SourceThrottled),
        (404, SourceUnavailable),
        (410, SourceUnavailable),
    ],
)
@pytest.mark.parametrize("extractor", [PageIE, SiteIE])
def test_each_status_means_its_error(
    site: VideoSite, extractor: type[SiteIE], status: int, error: type[DalSegnoError], tmp_path: Path
) -> None:
    """Of the page as of the sound."""
    site.statuses["/sound"] = status
    site.asked.clear()
    assert type(refusal(extractor(site.address("/sound")), tmp_path)) is error
    assert site.asked == ["/sound"]  # nothing is tried again here


@pytest.mark.parametrize("extractor", [PageIE, SiteIE])
def test_a_site_that_cannot_be_reached_may_be_there_later(extractor: type[SiteIE], tmp_path: Path) -> None:
    """Nobody listens."""
    found = refusal(extractor(f"http://127.0.0.1:{free_ports(1)[0]}/"), tmp_path)
    assert isinstance(found, SourceThrottled)
    assert "can't be reached" in str(found)


def test_a_line_that_breaks_is_tried_again(site: VideoSite, tmp_path: Path) -> None:
    """Less came than was said."""
    site.files["/short"] = bytes(1_000)
    site.missing["/short"] = 500
    assert isinstance(refusal(SiteIE(site.address("/short")), tmp_path), SourceThrottled)


def test_a_video_that_is_closed_to_the_country_says_so(tmp_path: Path) -> None:
    """By the class of the error, whatever its text."""
    found = refusal(RefusingIE("Nope.", countries=["DE"]), tmp_path)
    assert isinstance(found, SourceUnavailable)
    assert "country of the worker" in str(found)


@pytest.mark.parametrize("live", ["is_live", "is_upcoming", "post_live"])
def test_a_live_video_is_not_begun_with(site: VideoSite, live: str, tmp_path: Path) -> None:
    """It has no beginning, or none yet."""
    site.asked.clear()
    found = refusal(SiteIE(site.address("/live"), live_status=live), tmp_path)
    assert isinstance(found, UnsupportedSource)
    assert site.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:audio/wav,x"])
def test_a_sound_that_is_not_on_the_web_is_not_fetched(address: str, tmp_path: Path) -> None:
    """Whatever a page says."""
    assert isinstance(refusal(SiteIE(address), tmp_path), UnsupportedSource)


def test_what_would_be_fetched_by_ffmpeg_is_not(site: VideoSite, tmp_path: Path) -> None:
    """It makes connections of its own, which nobody looks at."""
    site.asked.clear()
    found = refusal(SiteIE(site.address("/list.m3u8"), protocol="m3u8_native"), tmp_path)
    assert isinstance(found, UnsupportedSource)
    assert site.asked == []


def test_a_list_is_no_video(tmp_path: Path) -> None:
    """One song is asked for; and no other extractor is there to follow it."""

    class ListIE(SiteIE):
        def _real_extract(self, url: str) -> dict[str, Any]:
            listed: dict[str, Any] = self.playlist_result(
                [self.url_result("https://www.youtube.com/watch?v=aaaaaaaaaaa")]
            )
            return listed

    assert isinstance(refusal(ListIE(""), tmp_path), (SourceUnavailable, UnsupportedSource))


def test_no_row_stands_in_the_shadow_of_another() -> None:
    """Each decides for something."""
    errors: list[Exception] = [ExtractorError(text, expected=True) for text, *_ in TEXTS]
    errors += [ExtractorError(text) for text in OF_THE_LINE]
    errors += [CertificateVerifyError("x"), TransportError("x")]
    decided = {str(meaning(error)) for error in errors}
    assert {row.sentence for row in TABLE} <= decided
