"""Downloads audio from a service: whole, of a bounded size, in a bounded time, and audio indeed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx

from dalsegno.errors import DownloadFailed, TaskGone
from dalsegno.ports import Report
from dalsegno.providers.public_addresses import AddressRefusedError, PublicFetcher

_CHUNK = 1 << 20
_GONE = (403, 404, 410)
# Written in place of a length by programs that don't know it beforehand.
_UNKNOWN_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True)
class DownloadBounds:
    """What a download may cost.

    Attributes:
        size: bytes.
        seconds: for the whole, redirects included.
    """

    size: int
    seconds: float


async def download_audio(
    fetcher: PublicFetcher, address: str, folder: Path, report: Report, bounds: DownloadBounds
) -> Path:
    """Streams audio into `folder`; returns the file, named by what it holds: WAV, FLAC or MP3.

    Raises:
        DownloadFailed: it didn't arrive whole, is no audio, too large, too slow, or not at a public address.
        TaskGone: it is kept no longer.
    """
    part = folder / "download.part"
    try:
        async with asyncio.timeout(bounds.seconds), fetcher.get(address) as response:
            _check_status(response.status_code)
            await _write(response, part, report, bounds.size)
        kind = await asyncio.to_thread(_kind_of_whole_file, part, framed=_is_framed(response))
        return part.rename(folder / f"generated.{kind}")
    except AddressRefusedError as error:
        raise DownloadFailed(f"The music lies at an address that is not followed: {error}") from None
    except httpx.HTTPError as error:
        # Without its text, which can hold what the other side sent.
        raise DownloadFailed(f"The download of the music broke off ({type(error).__name__}).") from None
    except TimeoutError:
        raise DownloadFailed(f"The download of the music took more than {bounds.seconds:g} s.") from None
    except OSError as error:
        raise DownloadFailed(f"The music could not be written to the disk: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)


def _check_status(status: int) -> None:
    if status in _GONE:
        raise TaskGone(f"The music is kept no longer by its provider (HTTP {status}).")
    if status != httpx.codes.OK:
        raise DownloadFailed(f"The music could not be downloaded (HTTP {status}).")


async def _write(response: httpx.Response, part: Path, report: Report, size: int) -> None:
    length = int(response.headers.get("Content-Length", 0))
    if length > size:
        raise DownloadFailed(f"The music is larger than {size:,} bytes.")
    received = 0
    with part.open("wb") as file:
        async for chunk in response.aiter_raw(_CHUNK):
            received += len(chunk)
            if received > size:
                raise DownloadFailed(f"The music is larger than {size:,} bytes.")
            await asyncio.to_thread(file.write, chunk)
            report(received / length if length else 0.0, "Downloading the music")
    if not received:
        raise DownloadFailed("The file of the music is empty.")


def _is_framed(response: httpx.Response) -> bool:
    """Whether the transport itself tells a body that was cut short (and then raises)."""
    return "Content-Length" in response.headers or "Transfer-Encoding" in response.headers


def _kind_of_whole_file(path: Path, *, framed: bool) -> str:
    """What a file holds: wav, flac or mp3, by its first bytes.

    Raises:
        DownloadFailed: it is no audio, or nothing says that it is whole.
    """
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] == b"RIFF" and start[8:] == b"WAVE":
        known = _check_wav(path)
        kind = "wav"
    elif start[:4] == b"fLaC":
        known, kind = False, "flac"
    elif start[:3] == b"ID3" or _is_mp3_frame(start):
        known, kind = False, "mp3"
    else:
        raise DownloadFailed("What was downloaded is no audio: neither WAV nor FLAC nor MP3.")
    if not (framed or known):
        raise DownloadFailed("Nothing says whether the music arrived whole.")
    return kind


def _check_wav(path: Path) -> bool:
    """Whether a WAV file says how long it is.

    Its chunks are walked as in "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft).

    Raises:
        DownloadFailed: there is less than it says.
    """
    size = path.stat().st_size
    position = 12
    with path.open("rb") as file:
        while position + 8 <= size:
            file.seek(position)
            header = file.read(8)
            length = int.from_bytes(header[4:], "little")
            position += 8
            if header[:4] == b"data":
                if position == size:
                    raise DownloadFailed("The file of the music is empty.")
                if length == _UNKNOWN_LENGTH:
                    return False
                if position + length > size:
                    raise DownloadFailed("The file of the music is cut short.")
                return True
            position += length + length % 2
    raise DownloadFailed("The file of the music is cut short.")


def _is_mp3_frame(start: bytes) -> bool:
    """Whether bytes begin with the header of a frame of MPEG audio, layer III (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(start) < 4:
        return False
    version, layer = start[1] >> 3 & 3, start[1] >> 1 & 3
    bitrate, sampling = start[2] >> 4, start[2] >> 2 & 3
    return (
        start[0] == 0xFF
        and start[1] >> 5 == 7
        and version != 1
        and layer == 1
        and bitrate != 15
        and sampling != 3
    )
