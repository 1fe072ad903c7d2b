"""Ranges of consecutive images: a range is bytes, and can be compressed anywhere.

It holds the indices that are shown before its first image, so that no other range is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif import container, lzw_delta
from animgd.frame import Box, Pixels

HEAD = struct.Struct("<4HBI")  # box, depth, bytes of the codes


class Change(NamedTuple):
    """The pixels that an image changes. Shapes: one row a pixel. Units: `positions` are flat, without repeats."""

    positions: NDArray[np.intp]
    indices: NDArray[np.uint8]


class Image(NamedTuple):
    """One image of a GIF without its delay."""

    box: Box
    depth: int  # bits: all its indices are below 2^depth
    codes: bytes


def pack(shown: Pixels, changes: Sequence[Change]) -> bytes:
    """A range. Shapes: `shown` is (height, width)."""
    head = np.array([len(changes), *shown.shape, *(len(each.indices) for each in changes)], np.uint32)
    positions = [each.positions.astype(np.uint32) for each in changes]
    return b"".join(
        [head.data, *(each.data for each in positions), *(each.indices.data for each in changes), shown.data]
    )


def compress(packed: bytes) -> bytes:
    """Compress the images of a range."""
    count, height, width = np.frombuffer(packed, np.uint32, 3).tolist()
    sizes = np.frombuffer(packed, np.uint32, count, 12)
    positions = np.frombuffer(packed, np.uint32, sizes.sum(), 12 + 4 * count)
    indices = np.frombuffer(packed, np.uint8, len(positions), 12 + 4 * count + positions.nbytes)
    shown = np.frombuffer(packed, np.uint8)[-height * width :].reshape(height, width).copy()
    ends = np.cumsum(sizes)[:-1]
    changes = map(Change, np.split(positions.astype(np.intp), ends), np.split(indices, ends))
    images = [_image(shown, change) for change in changes]
    return b"".join(HEAD.pack(*box, depth, len(codes)) + codes for box, depth, codes in images)


def unpack(compressed: bytes) -> Iterator[Image]:
    """The images of a compressed range."""
    at = 0
    while at < len(compressed):
        *box, depth, size = HEAD.unpack_from(compressed, at)
        at += HEAD.size + size
        yield Image(Box(*box), depth, compressed[at - size : at])


def _image(shown: Pixels, change: Change) -> Image:
    """Draw a change; its image is the smallest box around the changed pixels."""
    shown.reshape(-1)[change.positions] = change.indices
    rows, columns = np.divmod(change.positions, shown.shape[1])
    left, top = int(columns.min()), int(rows.min())
    area = Box(left, top, int(columns.max()) + 1, int(rows.max()) + 1)
    changed = np.zeros((area.height, area.width), np.bool_)
    changed[rows - top, columns - left] = True
    depth = container.depth(int(change.indices.max()))
    return Image(area, depth, lzw_delta.compress(shown[area.slices], changed, depth))
