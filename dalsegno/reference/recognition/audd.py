"""AudD as a recogniser: `POST /` with a stretch of the clip."""

import asyncio
import io
import re
import wave
from pathlib import Path

import httpx

from dalsegno.errors import ProviderUnavailable, SettingsError, UnsupportedSource
from dalsegno.ports import Recognition
from dalsegno.providers.public_addresses import certificate_authorities
from dalsegno.reference.recognition.audd_answers import read_answer

BASE_URL = "https://api.audd.io"
# The longest that its standard endpoint takes.
SENT_SECONDS = 12
# An answer is a few thousand bytes long.
_LONGEST_ANSWER = 1_000_000
_CONNECT_SECONDS = 10.0


class Audd:
    """A SongRecogniser. It has no confidence, since AudD tells none.

    Each call may be billed, and so may each further try after a lost answer. Only the configured origin is asked:
    redirects and proxies of the environment are not followed. Errors of httpx are not chained to ours, since the
    frames of their tracebacks hold the token.
    """

    def __init__(self, *, api_token: str, base_url: str = BASE_URL, seconds: float = 30.0) -> None:
        """Prepares; connects to nothing.

        Args:
            api_token: the account's token.
            base_url: where AudD is.
            seconds: how long one question and its answer may take together.

        Raises:
            SettingsError: the token or the address can't be one.
        """
        if not re.fullmatch(r"[!-~]+", api_token):
            raise SettingsError("DALSEGNO_AUDD_API_TOKEN must be a token: printable ASCII without spaces.")
        self._url = _base(base_url)
        self._api_token = api_token
        self._seconds = seconds
        self._authorities = certificate_authorities()

    async def recognise(self, clip: Path) -> Recognition | None:
        """See SongRecogniser.

        Raises:
            AuthenticationFailed, QuotaExceeded: AudD refuses the token, or has answered often enough.
            UnsupportedSource: the clip can't be read, here or there.
            ProviderBusy, ProviderUnavailable: it can't answer now.
        """
        sound = await asyncio.to_thread(_beginning, clip)
        try:
            status, body = await self._exchange(sound)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise ProviderUnavailable(
                f"AudD at {self._url.host} can't be reached, or broke off ({type(error).__name__})."
            ) from None
        return read_answer(status, body)

    async def _exchange(self, sound: bytes) -> tuple[int, bytes]:
        request = httpx.Request(
            "POST",
            self._url,
            # No content coding: a small answer can't become a large one.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            data={"api_token": self._api_token},
            files={"file": ("clip.wav", sound, "audio/wav")},
            extensions={"timeout": httpx.Timeout(self._seconds, connect=_CONNECT_SECONDS).as_dict()},
        )
        # The bare transport: it retries nothing, redirects nowhere, and logs nothing.
        async with (
            asyncio.timeout(self._seconds),
            httpx.AsyncHTTPTransport(verify=self._authorities) as transport,
        ):
            response = await transport.handle_async_request(request)
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _LONGEST_ANSWER:
                    raise httpx.DecodingError("The answer is too long.")
            return response.status_code, bytes(body)


def _beginning(clip: Path) -> bytes:
    """The first seconds of a WAV file, as one."""
    written = io.BytesIO()
    try:
        with wave.open(str(clip), "rb") as source, wave.open(written, "wb") as target:
            target.setparams(source.getparams())
            target.writeframes(source.readframes(SENT_SECONDS * source.getframerate()))
    except (wave.Error, EOFError, OSError):
        raise UnsupportedSource(f"{clip.name} is no WAV file that can be read.") from None
    return written.getvalue()


def _base(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    is_base = url.scheme in {"http", "https"} and url.host and (url.port or 0) <= 65_535
    if not is_base or url.userinfo or url.query or url.fragment:
        raise SettingsError("DALSEGNO_AUDD_BASE_URL must be an address like https://api.audd.io.")
    return url
