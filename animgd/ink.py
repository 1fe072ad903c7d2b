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
Depth = NDArray[np.float32]
LONGEST = 64.0  # a long capsule is drawn in pieces, or its box would hold mostly nothing


class Stamp(NamedTuple):
    """Coverage inside a box, nothing outside. Shapes: (height, width) of the box."""

    box: Box
    coverage: NDArray[np.uint8]


class Shape(NamedTuple):
    """How deep pixels lie inside a shape without width; negative outside. Units: pixels."""

    box: Box
    depth: NDArray[np.float32]

    def grown(self, by: float) -> Stamp:
        """The coverage of the shape with its edge moved outwards, at most as far as the box was made for."""
        inside = self.depth + np.float32(by + 0.5)
        inside *= 255
        inside += np.float32(0.5)  # of a level, for rounding down
        np.maximum(inside, 0, out=inside)
        np.minimum(inside, 255, out=inside)
        return Stamp(self.box, inside.astype(np.uint8))


def segment(a: Place, b: Place, reach: float, within: Box) -> Iterator[Shape]:
    """A line, to be grown to a stroke with round ends; in pieces that join without trace if the greater
    coverage wins."""
    clipped = _clipped(a, b, within, reach + 1)
    if clipped is None:
        return
    (ax, ay), (bx, by) = clipped
    parts = max(1, math.ceil(math.hypot(bx - ax, by - ay) / LONGEST))
    for i in range(parts):
        s, t = i / parts, (i + 1) / parts
        piece = (ax + s * (bx - ax), ay + s * (by - ay)), (ax + t * (bx - ax), ay + t * (by - ay))
        yield from _piece(*piece, reach, within)


def _piece(a: Place, b: Place, reach: float, within: Box) -> Iterator[Shape]:
    box = around((min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1])), reach, within)
    if box is None:
        return
    dx, dy = _from(a, box)
    ux, uy = b[0] - a[0], b[1] - a[1]
    length = ux * ux + uy * uy
    if length > 0:
        along: Depth = dx * np.float32(ux / length) + dy * np.float32(uy / length)
        np.maximum(along, 0, out=along)
        np.minimum(along, 1, out=along)
        yield Shape(box, _distance(dx - np.float32(ux) * along, dy - np.float32(uy) * along))
    else:
        yield Shape(box, _distance(dx, dy))


def spot(centre: Place, reach: float, within: Box) -> Shape | None:
    """A point, to be grown to a disc."""
    box = around(centre, centre, reach, within)
    return Shape(box, _distance(*_from(centre, box))) if box else None


def polygon(corners: Sequence[Place], reach: float, within: Box) -> Shape | None:
    """A convex polygon; corners go clockwise on the screen."""
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    box = around((min(xs), min(ys)), (max(xs), max(ys)), 2 * reach, within)
    if box is None:
        return None
    inside = np.full((box.bottom - box.top, box.right - box.left), np.inf, np.float32)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        dx, dy = _from((x1, y1), box)
        np.minimum(inside, dx * np.float32((y1 - y2) / length) + dy * np.float32((x2 - x1) / length), out=inside)
    return Shape(box, inside)


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


def cut(box: Box, by: Box) -> Box | None:
    """The pixels that two boxes share, None without any."""
    left, top = max(box.left, by.left), max(box.top, by.top)
    right, bottom = min(box.right, by.right), min(box.bottom, by.bottom)
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def merge(layer: NDArray[np.uint8], origin: Box, stamp: Stamp) -> None:
    """Lay a stamp into a layer of coverage that shows `origin`; the greater coverage wins."""
    shared = cut(stamp.box, origin)
    if shared is None:
        return
    part = layer[
        shared.top - origin.top : shared.bottom - origin.top, shared.left - origin.left : shared.right - origin.left
    ]
    box = stamp.box
    new = stamp.coverage[
        shared.top - box.top : shared.bottom - box.top, shared.left - box.left : shared.right - box.left
    ]
    np.maximum(part, new, out=part)


def _from(place: Place, box: Box) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far the centres of pixels lie to the right of a place, and below it."""
    x = np.arange(box.left + 0.5 - place[0], box.right - place[0], dtype=np.float32)
    y = np.arange(box.top + 0.5 - place[1], box.bottom - place[1], dtype=np.float32)
    return x[: box.right - box.left], y[: box.bottom - box.top, None]


def _distance(dx: Depth, dy: Depth) -> Depth:
    depth: Depth = dx * dx + dy * dy
    np.sqrt(depth, out=depth)
    np.negative(depth, out=depth)
    return depth


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
