"""A site with videos on this machine, and an extractor that finds them there instead of at YouTube."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError, GeoRestrictedError

PIECE = 1 << 16


@dataclass
class VideoSite:
    """What the site serves, by path.

    Attributes:
        files: contents.
        statuses: answers without content.
        redirects: where a path leads.
        missing: how many bytes more an answer promises than it holds.
        asked: the paths that were asked for.
        cookies: what they were asked for with.
        endless: paths at which bytes never end.
    """

    port: int
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    endless: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def address(self, path: str) -> str:
        """Where a path is."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving_videos() -> Iterator[VideoSite]:
    """The site, as long as the block runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.cookies += self.headers.get_all("Cookie", [])
            if self.path in site.redirects:
                self.send_response(HTTPStatus.FOUND)
                self.send_header("Location", site.redirects[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path in site.endless:
                self.send_response(HTTPStatus.OK)
                self.end_headers()
                while not ended.wait(0.01):
                    self.wfile.write(bytes(PIECE))
            elif self.path in site.files:
                self.send_response(HTTPStatus.OK)
                self.send_header(
                    "Content-Length", str(len(site.files[self.path]) + site.missing.get(self.path, 0))
                )
                self.end_headers()
                self.wfile.write(site.files[self.path])
                self.close_connection = True
            else:
                self.send_response(site.statuses.get(self.path, HTTPStatus.NOT_FOUND))
                self.send_header("Content-Length", "0")
                self.end_headers()

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked has gone
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    ended = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = VideoSite(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


class SiteIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    """Knows the videos of a site by the id that YouTube would know them by."""

    IE_NAME = "youtube"
    _VALID_URL = r"https://www\.youtube\.com/watch\?v=(?P<id>.{11})"

    def __init__(self, media: str, **said: Any) -> None:
        """Prepares.

        Args:
            media: where the sound is.
            said: what else the site says of each video.
        """
        super().__init__()
        self._media = media
        self._said = said

    def _real_extract(self, url: str) -> dict[str, Any]:
        """The video, of one format."""
        video = self._match_id(url)
        sound = {"format_id": "140", "url": self._media, "ext": "m4a", "vcodec": "none", "acodec": "mp4a"}
        return {"id": video, "title": "A video", "formats": [sound], **self._said}


class PageIE(SiteIE):
    """Reads a page before it finds anything."""

    def _real_extract(self, url: str) -> dict[str, Any]:
        """The video, if there is a page."""
        self._download_webpage(self._media, self._match_id(url))
        return super()._real_extract(url)


class RefusingIE(SiteIE):
    """Says why there is no video, as yt-dlp's extractor of YouTube does."""

    def _real_extract(self, url: str) -> dict[str, Any]:
        """Never finds any."""
        if self._said.get("countries"):
            raise GeoRestrictedError(self._media, countries=self._said["countries"])
        raise ExtractorError(self._media, expected=True, video_id=self._match_id(url))
