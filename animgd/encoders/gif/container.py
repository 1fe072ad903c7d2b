"""Write the blocks of a GIF89a file, and read a finished file back.

Source: CompuServe, Graphics Interchange Format, Version 89a (1990).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from animgd.frame import Box, Pixels

TRAILER = b";"
LONGEST_DELAY = 65535  # hundredths of a second
LARGEST_SIDE = 65535  # pixels
DISPOSAL = 1  # do not dispose: the next image is drawn over this one


def header(size: tuple[int, int], palette: Pixels, loop: int) -> bytes:
    """The blocks before the first image.

    Shapes: `palette` is (colours, 3), at most 256 of them.
    Units: `loop` is how often the film plays, 0 without end.
    """
    bits = max(1, (len(palette) - 1).bit_length())
    screen = struct.pack("<6sHHBBB", b"GIF89a", *size, 0xF0 | (bits - 1), 0, 0)
    table = palette.tobytes().ljust(3 << bits, b"\0")
    return screen + table + _repeats(loop)


def depth(highest: int) -> int:
    """Bits for all indices up to the highest; GIF requires at least 2."""
    return max(2, highest.bit_length())


def _repeats(loop: int) -> bytes:
    """The NETSCAPE block, which counts repeats after the first play; none for a film that plays once."""
    if loop == 1:
        return b""
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(0, loop - 1)) + b"\0"


def image(box: Box, delay: int, transparent: int, depth: int, codes: bytes) -> bytes:
    """An image block with its delay.

    Units: `delay` in hundredths of a second; `depth` in bits is LZW's minimum code size.
    """
    control = b"!\xf9\x04" + struct.pack("<BHBB", DISPOSAL << 2 | 1, delay, transparent, 0)
    descriptor = struct.pack("<BHHHHB", 0x2C, box.left, box.top, box.width, box.height, 0)
    return control + descriptor + bytes([depth]) + _chunks(codes)


def _chunks(codes: bytes) -> bytes:
    """Sub-blocks of at most 255 bytes, each preceded by its length; an empty one is last."""
    parts = (codes[at : at + 255] for at in range(0, len(codes), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def clock(period: int, fps: Fraction) -> int:
    """Start of a frame period in hundredths of a second; delays are differences of these, so errors do not add up."""
    return int(period * 100 / fps + Fraction(1, 2))


@dataclass(frozen=True)
class Survey:
    """Size, image count and duration of a GIF file, counted from its blocks."""

    size: tuple[int, int]
    images: int
    hundredths: int  # the sum of all delays
    delays: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def keeps(self, fps: Fraction) -> bool:
        """Whether images end at frame periods of that rate; of an image split by `LONGEST_DELAY`, the last part."""
        ends = zip(self.delays, accumulate(self.delays), strict=True)
        return all(delay == LONGEST_DELAY or end == clock(round(end * fps / 100), fps) for delay, end in ends)


def survey(path: Path) -> Survey:
    """Read the block structure of a whole file.

    Raises: ValueError where the file is not a complete GIF; OSError.
    """
    with path.open("rb") as file:
        signature, width, height, flags, _, _ = struct.unpack("<6sHHBBB", _take(file, 13))
        if signature != b"GIF89a":
            raise ValueError("it is not a GIF89a file")
        _take(file, 3 << ((flags & 7) + 1))
        images, delays = 0, []
        while (kind := _take(file, 1)) != TRAILER:
            if kind == b"!":
                delays += _extension(file)
            elif kind == b",":
                _take(file, 10)  # descriptor and minimum code size; `image` writes no local palette
                _skip(file)
                images += 1
            else:
                raise ValueError(f"unknown block {kind!r} at byte {file.tell() - 1}")
        if file.read(1):
            raise ValueError(f"extra data after the end at byte {file.tell() - 1}")
    return Survey((width, height), images, sum(delays), tuple(delays))


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise ValueError(f"it is truncated at byte {file.tell()}")
    return data


def _skip(file: BinaryIO) -> None:
    """Skip sub-blocks up to and including the empty one."""
    while length := _take(file, 1)[0]:
        _take(file, length)


def _extension(file: BinaryIO) -> list[int]:
    """The delay in an extension block; empty for other kinds."""
    label = _take(file, 1)
    if label != b"\xf9":
        _skip(file)
        return []
    return [struct.unpack("<BBHBB", _take(file, 6))[2]]
