"""The program that takes a clip, in a process of its own: what comes from outside is opened here alone.

It reads one line from its standard input, an order, and answers in lines on its standard output. It ends with all
that it has started as soon as its standard input closes, as it does when whoever ordered it dies.
"""

import errno
import os
import resource
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dalsegno.errors import DalSegnoError, UnsupportedSource
from dalsegno.models import StepProgress
from dalsegno.reference.clip_order import CLIP, ClipAnswer, ClipOrder, FailedClip, TakenClip
from dalsegno.reference.excerpt import take_excerpt
from dalsegno.reference.public_connections import Endpoint, PublicConnections
from dalsegno.reference.recognition.tags import Tags

if TYPE_CHECKING:
    from yt_dlp.extractor.common import InfoExtractor

# So much of a video's sound is fetched at most, in bytes: more than ten minutes of it.
MOST_FETCHED = 32 << 20
# No file becomes larger, in bytes.
_LARGEST_FILE = 64 << 20
# So much of the work is done when a video's sound is there.
_FETCHED = 0.6
# Progress is told in steps of so much.
_TELLING = 0.02

MakeExtractor = Callable[[], "InfoExtractor"]
Report = Callable[[float, str], None]


def main(make_extractor: MakeExtractor | None = None, reachable: Collection[Endpoint] = ()) -> None:
    """Does what is ordered, and ends with all that it has started.

    Args:
        make_extractor: makes what reads YouTube's pages, if not yt-dlp's own.
        reachable: what may be connected to though it isn't public.
    """
    assert os.getpgrp() == os.getpid()  # the group that it ends with is its own
    # It is whoever ordered it that decides what these mean.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    order = ClipOrder.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_when_abandoned, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))

    def answer(given: ClipAnswer) -> None:
        answers.write(given.model_dump_json(exclude_none=True) + "\n")
        answers.flush()

    told = -1.0

    def report(fraction: float, message: str) -> None:
        nonlocal told
        if fraction >= told + _TELLING:
            told = fraction
            answer(ClipAnswer(progress=StepProgress(fraction=fraction, message=message)))

    try:
        connections = PublicConnections({*reachable, *_endpoints(order.proxy)})
        connections.guard()
        try:
            answer(ClipAnswer(taken=_take(order, make_extractor, report)))
        except DalSegnoError as error:
            answer(ClipAnswer(failed=_failed(_closed() if connections.refused else error)))
    except Exception as error:  # noqa: BLE001  (whoever ordered it has to hear of it, whatever it is)
        answer(ClipAnswer(failed=_failed(error)))
    finally:
        answers.close()
        _end()


def _take(order: ClipOrder, make_extractor: MakeExtractor | None, report: Report) -> TakenClip:
    if order.file:
        return _clip_of(Path(order.file), report, 0.0)
    assert order.video

    from dalsegno.reference.video_sound import Access, fetch_sound  # noqa: PLC0415  (yt-dlp is slow to load)

    if make_extractor is None:
        from yt_dlp.extractor.youtube import YoutubeIE  # noqa: PLC0415

        make_extractor = YoutubeIE
    sound, tags = fetch_sound(
        order.video,
        Path.cwd(),
        extractor=make_extractor(),
        access=Access(order.proxy, Path(order.cookies) if order.cookies else None),
        most_bytes=MOST_FETCHED,
        tell=lambda done: report(_FETCHED * done, "Fetching the video's sound"),
    )
    return _clip_of(sound, report, _FETCHED, tags)


def _clip_of(recording: Path, report: Report, begin: float, tags: Tags | None = None) -> TakenClip:
    excerpt = take_excerpt(
        recording,
        Path(CLIP),
        lambda done: report(begin + (1 - begin) * done, "Looking for the most telling part"),
    )
    said = tags or excerpt.tags
    return TakenClip(seconds=excerpt.seconds, title=said.title, artist=said.artist)


def _endpoints(proxy: str | None) -> list[Endpoint]:
    """Where a proxy is: it was configured, so it may lie within."""
    if proxy is None:
        return []
    parts = urlsplit(proxy)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 1080)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [(str(address[0]), port) for *_, address in found]


def _closed() -> UnsupportedSource:
    return UnsupportedSource(
        "The video leads to an address that is not public. Choose another reference song, or leave it out."
    )


def _failed(error: Exception) -> FailedClip:
    if isinstance(error, DalSegnoError):
        return FailedClip(kind=type(error).__name__, message=str(error))
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return FailedClip(kind=OSError.__name__, message=os.strerror(error.errno), errno=error.errno)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return FailedClip(
        kind=type(error).__name__,
        message=f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}",
        details="".join(traceback.format_exception(error))[-10_000:],
    )


def _end_when_abandoned() -> None:
    while os.read(0, 4_096):
        pass
    _end()


def _end() -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
