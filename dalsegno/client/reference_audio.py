"""The audio file of a reference song: looked at here, where the path means something, before anything starts."""

import hashlib
import io
import os
import re
import stat
from pathlib import Path
from typing import NamedTuple

from dalsegno.errors import InvalidRequest

# An hour in any format but uncompressed, ten minutes in that.
LARGEST_AUDIO = 200 << 20

# How files begin that music comes in, by the formats' own definitions.
_BEGINNING = re.compile(
    rb"""
      RIFF....(WAVE|AVI[ ]) | RF64....WAVE | riff\x2e\x91\xcf\x11   # WAV, Wave64
    | FORM....AIF[FC] | caff | [.]snd                                # AIFF, CAF, AU
    | fLaC | OggS | ID3 | wvpk | MAC[ ]                              # FLAC, Ogg, MP3 with tags, WavPack, APE
    | ....ftyp                                                       # MP4, M4A
    | \x1aE\xdf\xa3                                                  # Matroska, WebM
    | \x30\x26\xb2\x75\x8e\x66\xcf\x11                              # WMA
    | \xff[\xe0-\xff]                                               # the sync word of MP3 and of ADTS
    """,
    re.DOTALL | re.VERBOSE,
)


class AudioFile(NamedTuple):
    """A file that begins as audio does, and the SHA-256 of its content, in hex."""

    path: Path
    sha256: str


def check_audio(name: str) -> AudioFile:
    """Looks at a file and reads it once. Whether there is music in it is found out by the job.

    Raises:
        InvalidRequest: it can't be read, is empty, too large, or begins as no audio file does.
    """
    path = Path(name)
    try:
        # Not blocking: a pipe without a writer would be waited for.
        with open(path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as file:
            return AudioFile(path, _digest(name, file))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidRequest(f"The reference audio {name} can't be read: {reason}. Check the path.") from None


def _digest(name: str, file: io.BufferedReader) -> str:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise InvalidRequest(f"The reference audio {name} is no file.")
    if found.st_size == 0:
        raise InvalidRequest(f"The reference audio {name} is empty: give a file that holds music.")
    if found.st_size > LARGEST_AUDIO:
        raise InvalidRequest(
            f"The reference audio {name} is larger than {LARGEST_AUDIO >> 20} MiB: "
            "a few minutes of the song are enough."
        )
    if not _BEGINNING.match(file.read(16)):
        raise InvalidRequest(
            f"The reference audio {name} is no audio file: give a WAV, MP3, FLAC, Ogg, M4A or WebM file."
        )
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
