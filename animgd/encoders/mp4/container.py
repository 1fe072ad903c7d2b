"""Read an MP4 file's index: enough to tell a complete film from a damaged one.

Source: ISO/IEC 14496-12 (boxes 4.2, mdhd 8.4.2, stsd 8.5.2 and 12.1.3, stts 8.6.1.2, stsz 8.7.3.2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, NamedTuple

PATH = (b"mdia", b"minf", b"stbl")  # from a track to its tables, each box inside the one before


class Film(NamedTuple):
    """Contents of a file; `fps` (frames a second) is None where frames have different durations.

    Units: `size` in pixels, width first.
    """

    frames: int
    fps: Fraction | None
    size: tuple[int, int]


def read(path: Path) -> Film:
    """Read an MP4 file whose index comes first.

    Raises: OSError; ValueError, with what is wrong with the file.
    """
    with path.open("rb") as file:
        boxes = list(_boxes(file, path.stat().st_size))
        names = [name for name, _, _ in boxes]
        if b"moov" not in names or b"mdat" not in names:
            raise ValueError("the index is missing" if b"mdat" in names else "it has no frames")
        if names.index(b"moov") > names.index(b"mdat"):
            raise ValueError("the index comes last")
        _, start, size = boxes[names.index(b"moov")]
        file.seek(start)
        tracks = [dict(_walk(track)) for track in _tracks(file.read(size))]
    stored = sum(size for name, _, size in boxes if name == b"mdat")
    return _film(tracks, stored)


def _boxes(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of content and size of content of each top-level box; together they must fill the file."""
    start = 0
    while start < end:
        file.seek(start)
        head = file.read(16)
        size, name = struct.unpack_from(">I4s", head) if len(head) >= 8 else (0, b"")
        content = start + 8
        if size == 1 and len(head) == 16:
            (size,), content = struct.unpack_from(">Q", head, 8), start + 16
        if size < content - start or start + size > end:
            raise ValueError("it is truncated")
        yield name, content, start + size - content
        start += size


def _tracks(index: bytes) -> list[bytes]:
    """The content of each track: the pictures, and the names of chapters if there are any."""
    return [content for name, content in _walk(index, ()) if name == b"trak"]


def _walk(data: bytes, path: tuple[bytes, ...] = PATH) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box beside and at the end of the path to the tables of a track."""
    start = 0
    while start + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, start)
        if size < 8:
            raise ValueError("the index is damaged")
        content = data[start + 8 : start + size]
        if name in path[:1]:
            yield from _walk(content, path[1:])
        else:
            yield name, content
        start += size


def _film(tracks: list[dict[bytes, bytes]], stored: int) -> Film:
    try:
        (tables,) = (track for track in tracks if track[b"hdlr"][8:12] == b"vide")
        described = sum(_described(track) for track in tracks)
        (count,) = struct.unpack_from(">I", tables[b"stsz"], 8)
        (entries,) = struct.unpack_from(">I", tables[b"stts"], 4)
        durations = struct.unpack_from(f">{2 * entries}I", tables[b"stts"], 8)
        timescale = struct.unpack_from(">I", tables[b"mdhd"], 20 if tables[b"mdhd"][0] else 12)[0]
        if sum(durations[::2]) != count:
            raise IndexError("frames and durations differ in number")
        width, height = struct.unpack_from(">HH", tables[b"stsd"], 40)
    except (KeyError, IndexError, struct.error) as error:
        raise ValueError("the index is damaged") from error
    except ValueError as error:  # of unpacking
        raise ValueError("it has no track of pictures, or several") from error
    if described != stored:
        raise ValueError(f"the index describes {described} bytes of frames, but {stored} are stored")
    even = len(set(durations[1::2])) == 1 and durations[1]
    return Film(count, Fraction(timescale, durations[1]) if even else None, (width, height))


def _described(tables: dict[bytes, bytes]) -> int:
    """The bytes of a track's samples."""
    equal, count = struct.unpack_from(">II", tables[b"stsz"], 4)
    return int(equal * count if equal else sum(struct.unpack_from(f">{count}I", tables[b"stsz"], 12)))
