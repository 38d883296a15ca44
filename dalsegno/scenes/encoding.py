"""Bytes of a transcript to text: byte-order marks, UTF-8, UTF-16 and Windows-1252."""

import codecs

from dalsegno.errors import InvalidRequest

# Longest first: the mark of UTF-32 little-endian begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4_096


def decode(data: bytes, name: str) -> str:
    """The text of a file, its line ends made into plain newlines.

    A byte-order mark decides; without one the file is UTF-8 if it can be, UTF-16 if every other byte is zero,
    and else Windows-1252, which old subtitle editors write.

    Raises:
        InvalidRequest: the bytes are text in none of these encodings.
    """
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise InvalidRequest(
            f"{name} is not text in UTF-8, UTF-16 or Windows-1252: save it as UTF-8 and try again."
        ) from None
    if "\x00" in text:
        raise InvalidRequest(f"{name} is not text: it holds zero bytes.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
        return "cp1252"
    return "utf-8"
