"""MP3 that decodes to exactly the samples that went in.

LAME makes the frames. The first frame is the information tag that players read before all others (Xing's VBR header
with LAME's extension, after "Mp3 Info Tag revision 1 Specifications"): how many frames and bytes follow, where each
hundredth of the time lies, and how many samples at the start and the end are the encoder's own.
"""

import struct
from collections.abc import Iterator
from itertools import accumulate
from types import TracebackType
from typing import BinaryIO, Self

import lameenc
import numpy as np

from dalsegno.mastering.loudness import Floats
from dalsegno.models import SAMPLE_RATE

# LAME's variable bit rate "mtrh" at quality 4, about 140 kbit/s for music in stereo.
VBR_METHOD, VBR_QUALITY, LAME_QUALITY = 4, 4, 3
FRAME_SAMPLES = 1152
# What LAME puts before the music; a decoder drops 529 samples more by itself.
ENCODER_DELAY = 576
# A frame's bit rates in kbit/s by their index: MPEG 1, layer III.
BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
# MPEG 1, layer III, without a checksum, 64 kbit/s, 48 kHz, joint stereo: a frame of 192 bytes.
TAG_HEADER = b"\xff\xfb\x54\x64"
SIDE_INFORMATION = bytes(32)
TAG_BYTES = 192
ALL_FIELDS = 0x0F


class Mp3Writer:
    """Writes stereo audio at 48 kHz as MP3; the file is whole once the block under `with` has ended.

    Args:
        file: open for writing, at its start, able to seek.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._samples = 0
        self._frames = Frames()
        self._encoder = lameenc.Encoder()
        self._encoder.set_in_sample_rate(SAMPLE_RATE)
        self._encoder.set_channels(2)
        self._encoder.set_quality(LAME_QUALITY)
        self._encoder.set_vbr(VBR_METHOD)
        self._encoder.set_vbr_quality(VBR_QUALITY)
        self._encoder.silence()
        file.write(bytes(TAG_BYTES))

    def write(self, audio: Floats) -> None:
        """Takes the next samples, n by 2, float32 in -1..1; what lies beyond is clipped."""
        self._samples += len(audio)
        # LAME's front end takes 16 bits: the step lies at -96 dB, below what MP3 keeps.
        whole = np.rint(np.clip(audio, -1.0, 1.0) * np.float32(32_767)).astype("<i2")
        self._keep(self._encoder.encode(whole.tobytes()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        self._keep(self._encoder.flush())
        self._file.seek(0)
        self._file.write(information_tag(self._frames.lengths, self._samples))

    def _keep(self, stream: bytes | bytearray) -> None:
        self._frames.feed(stream)
        self._file.write(stream)


class Frames:
    """The lengths of the frames of a stream that comes in pieces, in bytes."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._rest = b""

    def feed(self, stream: bytes | bytearray) -> None:
        """Takes the stream's next piece, which may end within a frame."""
        stream = self._rest + stream
        place = 0
        for length in frame_lengths(stream):
            self.lengths.append(length)
            place += length
        self._rest = bytes(stream[place:])


def frame_lengths(stream: bytes | bytearray) -> Iterator[int]:
    """The lengths of the whole frames that a stream at 48 kHz begins with.

    Raises:
        ValueError: what should be a frame's header is none.
    """
    place = 0
    while place + 4 <= len(stream):
        if stream[place] != 0xFF or stream[place + 1] & 0xFE != 0xFA:
            raise ValueError("LAME's stream is out of step: a frame does not begin where the last one ends.")
        rate, padded = BIT_RATES[stream[place + 2] >> 4], stream[place + 2] >> 1 & 1
        length = 144_000 * rate // SAMPLE_RATE + padded
        place += length
        if place > len(stream):
            return
        yield length


def information_tag(lengths: list[int], samples: int) -> bytes:
    """The tag's frame.

    Args:
        lengths: of all frames that follow, in bytes.
        samples: a channel's, as they went in.
    """
    padding = len(lengths) * FRAME_SAMPLES - ENCODER_DELAY - samples
    size = TAG_BYTES + sum(lengths)
    starts = list(accumulate(lengths, initial=TAG_BYTES))
    seek = bytes(256 * starts[len(lengths) * percent // 100] // size for percent in range(100))
    tag = TAG_HEADER + SIDE_INFORMATION + b"Xing"
    tag += struct.pack(">III", ALL_FIELDS, len(lengths), size) + seek
    tag += struct.pack(">I", 100 - 10 * VBR_QUALITY - LAME_QUALITY)
    # Revision 0 of the tag; gains, low-pass, presets and the music's checksum are left unsaid.
    tag += b"LAME3.100" + bytes((VBR_METHOD,)) + bytes(11)
    tag += (ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
    tag += bytes(4) + struct.pack(">I", size) + bytes(2)
    return tag + struct.pack(">H", checksum(tag))


def checksum(content: bytes) -> int:
    """CRC-16 with the polynomial 0x8005, bits reflected, from 0: the tag's own."""
    value = 0
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value
