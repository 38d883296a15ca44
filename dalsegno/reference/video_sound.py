"""The sound of one YouTube video, or as much of its beginning as is listened to, by yt-dlp's own downloader."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import deno
from yt_dlp import YoutubeDL
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import DownloadCancelled

from dalsegno.errors import DalSegnoError, SourceUnavailable, UnsupportedSource
from dalsegno.reference.recognition.tags import Tags, one_line
from dalsegno.reference.source_errors import meaning
from dalsegno.youtube_address import watch_address

# For each connection, and for each wait for bytes.
_SOCKET_SECONDS = 20
# Plain downloads alone: all else would be done by ffmpeg, which makes connections of its own. Audio as good as the
# clip needs it, else any, else the smallest video that has sound.
_FORMAT = "ba[protocol^=http][abr<=?160]/ba[protocol^=http]/w[protocol^=http][acodec!=none]"
_FULL = {errno.ENOSPC, errno.EDQUOT}

Tell = Callable[[float], None]


class _Enough(DownloadCancelled):  # type: ignore[misc]  # yt-dlp has no types
    """So much has been fetched as is listened to."""


class _Silent:
    """Takes what yt-dlp has to say: it speaks of addresses with signatures in them."""

    def debug(self, _message: str) -> None: ...
    def info(self, _message: str) -> None: ...
    def warning(self, _message: str) -> None: ...
    def error(self, _message: str) -> None: ...


class Access(NamedTuple):
    """How YouTube is reached: through a proxy, with cookies."""

    proxy: str | None = None
    cookies: Path | None = None


def fetch_sound(
    video: str,
    folder: Path,
    *,
    extractor: InfoExtractor,
    access: Access,
    most_bytes: int,
    tell: Tell,
) -> tuple[Path, Tags]:
    """Fetches the sound of a video into a folder, from its beginning, and what YouTube says of the song.

    Nothing is tried again here, nothing is read from a configuration, and no other site is asked: the extractor is
    the only one that there is.

    Args:
        video: the video's id.
        folder: where it works; all that it writes lies there.
        extractor: who reads YouTube's pages.
        access: how YouTube is reached.
        most_bytes: when to stop. What was fetched by then begins the song, and can be decoded.
        tell: told how much is fetched, 0..1.

    Raises:
        SourceUnavailable, UnsupportedSource, SourceThrottled: as `dalsegno.reference.source_errors` says.
        OSError: the disk is full.
    """
    fetching = _Fetching(most_bytes, tell)
    try:
        with YoutubeDL(_options(folder, access, fetching), auto_init=False) as ydl:
            ydl.add_info_extractor(extractor)
            ydl.extract_info(watch_address(video), download=True)
    except _Enough:
        pass
    except DalSegnoError:
        raise
    except Exception as error:
        _raise_if_full(error)
        raise meaning(error) from error
    if fetching.path is None:
        raise SourceUnavailable("The address names no video. Choose another reference song, or leave it out.")
    return fetching.path, fetching.tags


class _Fetching:
    """Looks at what is to be fetched, follows it, and stops it when it is enough.

    Attributes:
        tags: what YouTube says of the song.
        path: the file that it is fetched into; None before that has begun.
    """

    def __init__(self, most_bytes: int, tell: Tell) -> None:
        self.tags = Tags(None, None)
        self.path: Path | None = None
        self._most_bytes = most_bytes
        self._tell = tell

    def look(self, info: dict[str, Any], *, incomplete: object) -> None:  # noqa: ARG002  (yt-dlp's signature)
        if info.get("live_status") in {"is_live", "is_upcoming", "post_live"}:
            raise UnsupportedSource(
                "The video is live, or hasn't begun. Choose another reference song, or leave it out."
            )
        self.tags = _tags(info)

    def follow(self, status: dict[str, Any]) -> None:
        self.path = Path(status["filename"])
        done = status.get("downloaded_bytes") or 0
        whole = min(status.get("total_bytes") or self._most_bytes, self._most_bytes)
        self._tell(min(done / max(whole, 1), 1.0))
        if done >= self._most_bytes:
            raise _Enough


def _options(folder: Path, access: Access, fetching: _Fetching) -> dict[str, Any]:
    return {
        "logger": _Silent(),
        "noprogress": True,
        "color": "never",
        "noplaylist": True,
        "cachedir": False,
        "format": _FORMAT,
        "paths": {"home": str(folder)},
        "outtmpl": "sound.%(ext)s",
        "nopart": True,
        "updatetime": False,
        "overwrites": True,
        "continuedl": False,
        "fixup": "never",
        "geo_bypass": False,
        "socket_timeout": _SOCKET_SECONDS,
        "retries": 0,
        "fragment_retries": 0,
        "extractor_retries": 0,
        "file_access_retries": 0,
        "skip_unavailable_fragments": False,
        # An empty text: none, whatever the environment says.
        "proxy": access.proxy or "",
        "cookiefile": _own_cookies(folder, access.cookies),
        "js_runtimes": {"deno": {"path": deno.find_deno_bin()}},
        "ffmpeg_location": os.devnull,
        "match_filter": fetching.look,
        "progress_hooks": [fetching.follow],
    }


def _own_cookies(folder: Path, cookies: Path | None) -> str | None:
    """A copy: yt-dlp writes into the file that it is given."""
    if cookies is None:
        return None
    copied = folder / "cookies.txt"
    try:
        shutil.copyfile(cookies, copied)
    except OSError as error:
        _raise_if_full(error)
        raise SourceUnavailable(
            "The file that DALSEGNO_YTDLP_COOKIES names can't be read. Put it there, or unset it."
        ) from error
    return str(copied)


def _raise_if_full(error: BaseException) -> None:
    """Raises what lies at the bottom of an error, if the disk is full."""
    reached: BaseException | None = error
    while reached is not None:
        if isinstance(reached, OSError) and reached.errno in _FULL:
            raise reached
        reached = reached.__cause__ or reached.__context__


def _tags(info: dict[str, Any]) -> Tags:
    """The song that YouTube says a video is of. A video's own title is no song's title."""
    artists = info.get("artists") or [info.get("artist") or ""]
    track, artist = info.get("track"), ", ".join(map(str, artists))
    return Tags(one_line(str(track or "")) or None, one_line(artist) or None)
