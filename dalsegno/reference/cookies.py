"""The file of cookies that YouTube is shown."""

from pathlib import Path

from dalsegno.errors import SettingsError

# How such a file begins: "The cookie file format", curl's documentation of Netscape's format.
_BEGINNINGS = (b"# Netscape HTTP Cookie File", b"# HTTP Cookie File")


def check_cookies(path: Path) -> None:
    """Looks at the file, so that a wrong one ends a program at its start instead of failing its jobs.

    Raises:
        SettingsError: it can't be read, or is no file of cookies.
    """
    try:
        with path.open("rb") as file:
            beginning = file.readline(1_000)
    except OSError as error:
        raise SettingsError(
            f"The file that DALSEGNO_YTDLP_COOKIES names can't be read: {error.strerror}."
        ) from None
    if not beginning.startswith(_BEGINNINGS):
        raise SettingsError(
            "The file that DALSEGNO_YTDLP_COOKIES names is no file of cookies: its first line must be "
            "'# Netscape HTTP Cookie File'."
        )
