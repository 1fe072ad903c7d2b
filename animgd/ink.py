"""Coverage of simple shapes, from their distance: what moves is drawn with this.

A pixel whose centre lies `d` inside an edge is covered by clip(d + 1/2, 0, 1): exact for edges along the pixels,
within 0.1 for slanted ones, and centred on the shape to some thousandths of a pixel.
Units: coordinates in pixels of the frame, from its top left corner; coverage from 0 to 255.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frames import Box

Place = tuple[float, float]  # (x, y)
LONGEST = 64.0  # a long capsule is drawn in pieces, or its box would hold mostly nothing


class Stamp(NamedTuple):
    """Coverage inside a box, nothing outside. Shapes: (height, width) of the box."""

    box: Box
    coverage: NDArray[np.uint8]


def capsule(a: Place, b: Place, radius: float, within: Box) -> Iterator[Stamp]:
    """A stroke with round ends, in pieces that overlap without trace if the greater coverage wins."""
    clipped = _clipped(a, b, within, radius + 1)
    if clipped is None:
        return
    (ax, ay), (bx, by) = clipped
    parts = max(1, math.ceil(math.hypot(bx - ax, by - ay) / LONGEST))
    for i in range(parts):
        s, t = i / parts, (i + 1) / parts
        piece = (ax + s * (bx - ax), ay + s * (by - ay)), (ax + t * (bx - ax), ay + t * (by - ay))
        yield from _piece(*piece, radius, within)


def _piece(a: Place, b: Place, radius: float, within: Box) -> Iterator[Stamp]:
    box = around((min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1])), radius, within)
    if box is None:
        return
    x, y = _centres(box)
    dx, dy, ux, uy = x - np.float32(a[0]), y - np.float32(a[1]), b[0] - a[0], b[1] - a[1]
    length = ux * ux + uy * uy
    if length > 0:
        along = dx * np.float32(ux / length) + dy * np.float32(uy / length)
        np.clip(along, 0, 1, out=along)
        dx, dy = dx - along * np.float32(ux), dy - along * np.float32(uy)
    yield Stamp(box, _covered(np.float32(radius) - np.sqrt(dx * dx + dy * dy)))


def disc(centre: Place, radius: float, within: Box) -> Stamp | None:
    """A full circle."""
    box = around(centre, centre, radius, within)
    if box is None:
        return None
    x, y = _centres(box)
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    return Stamp(box, _covered(np.float32(radius) - np.sqrt(dx * dx + dy * dy)))


def polygon(corners: Sequence[Place], grow: float, within: Box) -> Stamp | None:
    """A convex polygon, its edges moved outwards; corners go clockwise on the screen."""
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    box = around((min(xs), min(ys)), (max(xs), max(ys)), 2 * abs(grow), within)
    if box is None:
        return None
    x, y = _centres(box)
    inside = np.full((box.bottom - box.top, box.right - box.left), np.inf, np.float32)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        nx, ny = -(y2 - y1) / length, (x2 - x1) / length
        np.minimum(inside, (x - np.float32(x1)) * np.float32(nx) + (y - np.float32(y1)) * np.float32(ny), out=inside)
    return Stamp(box, _covered(inside + np.float32(grow)))


def around(low: Place, high: Place, radius: float, within: Box) -> Box | None:
    """The pixels that a shape can touch, None where it is outside."""
    reach = radius + 1
    box = Box(
        max(within.left, math.floor(low[0] - reach)),
        max(within.top, math.floor(low[1] - reach)),
        min(within.right, math.ceil(high[0] + reach)),
        min(within.bottom, math.ceil(high[1] + reach)),
    )
    return box if box.left < box.right and box.top < box.bottom else None


def _centres(box: Box) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    x = np.arange(box.left, box.right, dtype=np.float32) + np.float32(0.5)
    y = np.arange(box.top, box.bottom, dtype=np.float32) + np.float32(0.5)
    return x[None, :], y[:, None]


def _covered(inside: NDArray[np.float32]) -> NDArray[np.uint8]:
    inside *= 255
    inside += 128  # half a pixel, and half a level for rounding down
    np.clip(inside, 0, 255, out=inside)
    return inside.astype(np.uint8)


def _clipped(a: Place, b: Place, within: Box, margin: float) -> tuple[Place, Place] | None:
    """The part of a segment near the box. Source: Liang and Barsky, 1984."""
    low, high = 0.0, 1.0
    for start, end, least, most in (
        (a[0], b[0], within.left - margin, within.right + margin),
        (a[1], b[1], within.top - margin, within.bottom + margin),
    ):
        step = end - start
        if step == 0:
            if not least <= start <= most:
                return None
            continue
        enter, leave = sorted(((least - start) / step, (most - start) / step))
        low, high = max(low, enter), min(high, leave)
    if low > high:
        return None
    at = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in (low, high)]
    return (a if low == 0 else at[0]), (b if high == 1 else at[1])
