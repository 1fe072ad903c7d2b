"""What an MP4 file says about itself: enough to tell a whole film from a broken one.

Source: ISO/IEC 14496-12 (boxes 4.2, mdhd 8.4.2, stsd 8.5.2 and 12.1.3, stts 8.6.1.2, stsz 8.7.3.2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, NamedTuple

WAY = (b"trak", b"mdia", b"minf", b"stbl")  # from the index to the tables, each box in the one before


class Film(NamedTuple):
    """What a file holds: `fps` (frames a second) is None unless all frames stay equally long.

    Units: `size` in pixels, width first.
    """

    frames: int
    fps: Fraction | None
    size: tuple[int, int]


def read(path: Path) -> Film:
    """Look into an MP4 file whose index comes first.

    Raises: OSError; ValueError, with what is wrong with the file.
    """
    with path.open("rb") as file:
        tops = list(_tops(file, path.stat().st_size))
        names = [name for name, _, _ in tops]
        if b"moov" not in names or b"mdat" not in names:
            raise ValueError("it has no index" if b"mdat" in names else "it has no pictures")
        if names.index(b"moov") > names.index(b"mdat"):
            raise ValueError("its index comes last")
        _, start, size = tops[names.index(b"moov")]
        file.seek(start)
        tables = dict(_walk(file.read(size)))
    stored = sum(size for name, _, size in tops if name == b"mdat")
    return _film(tables, stored)


def _tops(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the content and its size, of each box of a file; they must fill it exactly."""
    start = 0
    while start < end:
        file.seek(start)
        head = file.read(16)
        size, name = struct.unpack_from(">I4s", head) if len(head) >= 8 else (0, b"")
        inside = start + 8
        if size == 1 and len(head) == 16:
            (size,), inside = struct.unpack_from(">Q", head, 8), start + 16
        if size < inside - start or start + size > end:
            raise ValueError("it is cut short")
        yield name, inside, start + size - inside
        start += size


def _walk(data: bytes, way: tuple[bytes, ...] = WAY) -> Iterator[tuple[bytes, bytes]]:
    """Every box that lies on the way to the tables of the (only) track, with its content."""
    start = 0
    while start + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, start)
        if size < 8:
            raise ValueError("its index is damaged")
        content = data[start + 8 : start + size]
        if name in way[:1]:
            yield from _walk(content, way[1:])
        else:
            yield name, content
        start += size


def _film(tables: dict[bytes, bytes], stored: int) -> Film:
    try:
        same, count = struct.unpack_from(">II", tables[b"stsz"], 4)
        taken = same * count if same else sum(struct.unpack_from(f">{count}I", tables[b"stsz"], 12))
        (runs,) = struct.unpack_from(">I", tables[b"stts"], 4)
        stays = struct.unpack_from(f">{2 * runs}I", tables[b"stts"], 8)
        clock = struct.unpack_from(">I", tables[b"mdhd"], 20 if tables[b"mdhd"][0] else 12)[0]
        if sum(stays[::2]) != count:
            raise IndexError("a picture without a duration, or a duration without a picture")
        width, height = struct.unpack_from(">HH", tables[b"stsd"], 40)
    except (KeyError, IndexError, struct.error) as error:
        raise ValueError("its index is damaged") from error
    if taken != stored:
        raise ValueError(f"its pictures take {taken} bytes, and it holds {stored}")
    even = len(set(stays[1::2])) == 1 and stays[1]
    return Film(count, Fraction(clock, stays[1]) if even else None, (width, height))
