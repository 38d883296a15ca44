"""Bytes of a transcript to text: byte-order marks, UTF-8, UTF-16, and the encodings of older subtitle editors."""

import codecs
import string

from dalsegno.errors import InvalidRequest

# Longest first: the mark of UTF-32 little-endian begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LETTERS = frozenset(string.ascii_letters.encode())
_SAMPLE = 4_096
# Of the letters of French, which has the most accents in the west, one in twenty lies beyond ASCII; of Polish one in
# eight; of Russian or Japanese nearly all.
_WESTERN = 0.1
_TELLING = 65_536
_PARTING = (b"\n", b"\r", b" ", b",", b'"')  # part of no letter of several bytes
_FEW_LETTERS = 24  # tell nothing
_SOUND_LETTERS = 4  # so many for each damaged one, or it is no UTF-8


def decode(data: bytes, name: str) -> str:
    """The text of a file, its line ends made into plain newlines.

    A byte-order mark decides; without one the file is UTF-8 if it can be, or if nearly all of its letters are (what is
    damaged becomes U+FFFD); UTF-16 if every other byte is zero; and else what old subtitle editors write: Windows-1252,
    unless too many of its letters lie beyond ASCII for a western language: what it is then (Shift JIS, GB 18030,
    Windows-1251 and so on) is told by how frequent they are.

    Raises:
        InvalidRequest: the bytes are text in none of these encodings.
    """
    try:
        encoding = _encoding(data)
        text = data.decode(encoding, "replace" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError:
        raise InvalidRequest(
            f"{name} is not text in UTF-8, UTF-16 or another encoding that can be told: "
            "save it as UTF-8 and try again."
        ) from None
    if "\x00" in text:
        raise InvalidRequest(f"{name} is not text: it holds zero bytes.")
    # Of files that were written as text twice, each line ends in two carriage returns.
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    # In UTF-16 the high bytes of Latin text are zero; one side has nearly all of them.
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    if max(zeros) > len(sample) // 8 and min(zeros) * 8 < max(zeros):
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "utf-8" if _is_damaged_utf8(data) else _older_encoding(data)
    return "utf-8"


def _is_damaged_utf8(data: bytes) -> bool:
    # In other encodings few bytes look like a letter of UTF-8, and those by chance.
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    letters_beyond_ascii = len(text) - len(text.encode("ascii", "ignore")) - damaged
    return letters_beyond_ascii > _SOUND_LETTERS * damaged


def _older_encoding(data: bytes) -> str:
    # Cut where a letter ends, since it may take several bytes.
    sample = (
        data[: max(data.rfind(byte, 0, _TELLING) for byte in _PARTING) + 1] if len(data) > _TELLING else data
    )
    beyond = sum(byte > 0x7F for byte in sample)
    letters = beyond + sum(byte in _LETTERS for byte in sample)
    if beyond <= max(_FEW_LETTERS, _WESTERN * letters):
        return "cp1252"
    # Few files need it.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(sample).best()
    return best.encoding if best is not None else "cp1252"
