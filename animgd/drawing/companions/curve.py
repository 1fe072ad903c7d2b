"""A curve without ends across a plot, drawn pixel by pixel from its distance."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color
from animgd.graphics.raster import Dashes, on

FAR = 1e4  # pixels: beyond this, single precision loses fractions of one


class Curve(NamedTuple):
    """Heights at the left edges of columns, from `margin` columns left of the box to as many right of it.

    Units: pixels of the frame. Shapes: (columns + 1 + 2 · margin,).
    """

    heights: tuple[float, ...]


def margin(radius: float) -> int:
    """How many columns further a stroke's pixels can be reached from."""
    return math.ceil(radius + 1)


def trace(curve: Curve, radius: float, box: Box, picture: NDArray[np.uint8], color: Color,
          pattern: Dashes | None = None) -> None:  # fmt: skip
    """Draw a curve in a box, each pixel by its distance to the nearest piece. Shapes: (3, height, width)."""
    across = box.width
    reach = (len(curve.heights) - 1 - across) // 2  # at least `margin(radius)`
    edges = np.clip(np.array(curve.heights) - box.top, -FAR, FAR).astype(np.float32)
    near = np.lib.stride_tricks.sliding_window_view(edges, 2 * reach + 2)  # a row per column
    first = np.clip(np.floor(near.min(1) - reach), 0, box.height).astype(np.int64)
    count = np.clip(np.ceil(near.max(1) + reach), 0, box.height).astype(np.int64) - first
    column, row = spans(np.arange(across), first, count)
    y, away = row.astype(np.float32) + np.float32(0.5), np.full(len(row), np.inf, np.float32)
    rises = np.diff(edges)
    for piece in range(2 * reach + 1):
        down, rise = y - edges[piece : piece + across][column], rises[piece : piece + across][column]
        x = np.float32(reach - piece + 0.5)  # of a pixel's middle, from the left end of the piece
        along = np.clip((x + down * rise) / (1 + rise * rise), 0, 1)
        down -= along * rise
        np.minimum(away, (x - along) ** 2 + down * down, out=away)
    part = np.clip(np.float32(radius + 0.5) - np.sqrt(away), 0, 1)
    if pattern:
        lengths = np.cumsum(np.hypot(1, rises), dtype=np.float64)
        part *= on(lengths[reach + column], pattern, radius)
    seen = np.flatnonzero(part)
    blend_pixels(picture, ((row + box.top) * picture.shape[2] + column + box.left)[seen], part[seen], color)


def spans(
    columns: NDArray[np.int64], first: NDArray[np.int64], count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pixels (column, row) of upright spans, each pixel once if the columns differ."""
    rows = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(columns, count), rows


def blend_pixels(
    picture: NDArray[np.uint8], pixels: NDArray[np.int64], part: NDArray[np.float32] | np.float32, color: Color
) -> None:
    """Mix a colour into single pixels. Shapes: `picture` (3, height, width), in one piece; `pixels` count along it."""
    for plane, value in zip(picture.reshape(3, -1), color, strict=True):
        ground = plane.take(pixels).astype(np.float32)
        ground += (np.float32(value) - ground) * part
        ground += np.float32(0.5)  # for rounding down
        plane[pixels] = ground.astype(np.uint8)
