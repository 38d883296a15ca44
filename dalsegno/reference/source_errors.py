"""What goes wrong at YouTube, and whether trying again can help: the one table for it.

yt-dlp knows few classes of errors; most of what YouTube answers comes through as a text. So this is the one place
where texts are read. The first row that fits decides. What passes by itself comes first: a text may say both that a
video is unavailable and that it should be tried again.
"""

import re
from typing import NamedTuple

from yt_dlp.utils import DownloadError

from dalsegno.errors import DalSegnoError, SourceThrottled, SourceUnavailable, UnsupportedSource

_OTHER = "Choose another reference song, or leave it out."
_LATER = "It is tried again for a while."


class Row(NamedTuple):
    """What an error is told by (its classes, a colon, its text), which error it is here, and how that is said."""

    pattern: str
    error: type[DalSegnoError]
    sentence: str


TABLE = (
    Row(
        r"HTTP Error 429|too many requests|rate.limited",
        SourceThrottled,
        f"YouTube asks to slow down. {_LATER}",
    ),
    Row(
        r"confirm you're not a bot|captcha",
        SourceThrottled,
        f"YouTube doubts that a person is asking. {_LATER} "
        "If that doesn't help, set DALSEGNO_YTDLP_COOKIES or DALSEGNO_YTDLP_PROXY.",
    ),
    Row(r"try again|needs to be reloaded", SourceThrottled, f"YouTube asks to come back later. {_LATER}"),
    Row(r"HTTP Error (5\d\d|408)", SourceThrottled, f"YouTube answers with a fault of its own. {_LATER}"),
    Row(r"HTTP Error 40[13]", SourceThrottled, f"YouTube refuses this machine for now. {_LATER}"),
    Row(
        r"^CertificateVerifyError ", SourceUnavailable, f"YouTube's certificate is not one to trust. {_OTHER}"
    ),
    Row(
        r"^[^:]*\b(TransportError|TimeoutError|ContentTooShortError)\b"
        r"|\[download\] got error|did not get any data blocks",
        SourceThrottled,
        f"YouTube can't be reached, or the line broke. {_LATER}",
    ),
    Row(
        r"failed to extract any player response",
        SourceThrottled,
        f"YouTube tells nothing of the video. {_LATER}",
    ),
    Row(r"DRM", UnsupportedSource, f"The video is protected against copying. {_OTHER}"),
    Row(
        r"^UserNotLive|live event|premiere|live stream",
        UnsupportedSource,
        f"The video is live, or hasn't begun. {_OTHER}",
    ),
    Row(
        r"^UnsupportedError|unsupported url|file:// URLs|^UnsupportedRequest|NoSupportingHandlers|invalid url",
        UnsupportedSource,
        f"The address is not one that music can be taken from. {_OTHER}",
    ),
    Row(r"private", SourceUnavailable, f"The video is private. {_OTHER}"),
    Row(r"member", SourceUnavailable, f"The video is for members of its channel only. {_OTHER}"),
    Row(r"payment|purchase|\brent|premium", SourceUnavailable, f"The video has to be paid for. {_OTHER}"),
    Row(
        r"confirm your age|age.restricted|inappropriate",
        SourceUnavailable,
        f"YouTube shows the video to adults who are signed in only. {_OTHER}",
    ),
    Row(
        r"^GeoRestrictedError|in your (country|region|location)|geo.?restrict",
        SourceUnavailable,
        f"The video is not shown in the country of the worker. {_OTHER}",
    ),
    Row(r"copyright", SourceUnavailable, f"The video was blocked for its copyright. {_OTHER}"),
    Row(r"terminated|account.*closed", SourceUnavailable, f"The video's account was closed. {_OTHER}"),
    Row(r"removed|deleted|no longer available", SourceUnavailable, f"The video was removed. {_OTHER}"),
    Row(r"sign in|log.?in", SourceUnavailable, f"YouTube shows the video only to who is signed in. {_OTHER}"),
    Row(
        r"requested format is not available|no video formats",
        UnsupportedSource,
        f"The video offers no sound that could be fetched. {_OTHER}",
    ),
    Row(
        r"unavailable|isn't available|not available|HTTP Error (404|410)",
        SourceUnavailable,
        f"There is no such video. {_OTHER}",
    ),
)


def meaning(error: BaseException) -> DalSegnoError:
    """What an error of yt-dlp means. What no row fits is permanent: a newer yt-dlp may help, waiting doesn't."""
    original = error
    if isinstance(error, DownloadError) and error.exc_info and error.exc_info[1]:
        original = error.exc_info[1]
    classes = " ".join(kind.__name__ for kind in type(original).__mro__)
    # The outer text too: what it was made of may say less.
    text = f"{classes} : {error} {original}".replace("\u2019", "'")
    for row in TABLE:
        if re.search(row.pattern, text, re.IGNORECASE):
            return row.error(row.sentence)
    return SourceUnavailable(
        f"The video could not be read ({type(original).__name__}); a newer yt-dlp may help. {_OTHER}"
    )
