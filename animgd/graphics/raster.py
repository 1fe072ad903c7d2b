"""Antialiased coverage of simple shapes from signed distances.

A pixel whose centre lies `d` inside an edge has the coverage clip(d + 1/2, 0, 1): exact for horizontal and vertical
edges, within 0.1 for others; its centre of mass is that of the shape to some thousandths of a pixel.
Units: coordinates in pixels of the frame, from its top left corner; coverage from 0 to 255.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box

Place = tuple[float, float]  # (x, y)
Depth = NDArray[np.float32]
_NONE, _ONE, _FULL, _DOWN = (np.array(level, np.float32) for level in (0, 1, 255, -255))  # faster than Python numbers
LONGEST = 64.0  # pixels; longer segments are split, because most of their bounding box would be empty


class Mask(NamedTuple):
    """Coverage inside a box, 0 outside. Shapes: (height, width) of the box, or (strokes, height, width)."""

    box: Box
    coverage: NDArray[np.uint8]

    @classmethod
    def at(cls, left: int, top: int, coverage: NDArray[np.uint8]) -> Mask:
        """Coverage whose upper left corner lies there."""
        height, width = coverage.shape
        return cls(Box(left, top, left + width, top + height), coverage)

    @classmethod
    def even(cls, box: Box, level: int = 255) -> Mask:
        """A box that is evenly covered."""
        return cls(box, np.full((box.height, box.width), level, np.uint8))

    def moved(self, right: int, down: int) -> Mask:
        """The same shape elsewhere."""
        return Mask(self.box.moved(right, down), self.coverage)

    def within(self, box: Box) -> Mask | None:
        """The part inside a box; None if it does not overlap."""
        if box.holds(self.box):
            return self
        shared = self.box.intersection(box)
        return Mask(shared, self.coverage[..., *shared.slices_in(self.box)]) if shared else None

    def trimmed(self) -> Mask:
        """The same without empty rows and columns around it."""
        rows, columns = (np.flatnonzero(self.coverage.any(axis)) for axis in (1, 0))
        left, top = self.box.left, self.box.top
        box = Box(left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
        return self.within(box) or self


class Shape(NamedTuple):
    """Signed distance of pixels to the edge of a shape, positive inside. Units: 255ths of a pixel."""

    box: Box
    depth: NDArray[np.float32]

    def within(self, box: Box) -> Shape | None:
        """As much of it as lies in a box; None if nothing does."""
        shared = self.box.intersection(box)
        if shared is None or shared == self.box:
            return self if shared else None
        rows, columns = shared.slices_in(self.box)
        return Shape(shared, self.depth[..., rows, columns])

    def grown(self, by: float) -> Mask:
        """The coverage of the shape grown by a radius, at most by the `reach` it was made with."""
        return Mask(self.box, self.strokes_of((by,)).coverage[0])

    def strokes_of(self, radii: tuple[float, ...]) -> Mask:
        """The coverage of the shape grown by each radius."""
        inside = self.depth + _levels(radii)
        np.maximum(inside, _NONE, out=inside)
        np.minimum(inside, _FULL, out=inside)
        return Mask(self.box, inside.astype(np.uint8))


@functools.lru_cache(maxsize=256)
def _levels(radii: tuple[float, ...]) -> NDArray[np.float32]:
    """The offsets that radii add to a depth; half a level more, so that truncation rounds."""
    return np.array([255 * (radius + 0.5) + 0.5 for radius in radii], np.float32)[:, None, None]


def segment(a: Place, b: Place, reach: float, within: Box) -> Iterator[Shape]:
    """A line segment, to be grown to a stroke with round caps; its pieces join seamlessly with `max_blend`."""
    near = clipped(a, b, within, reach + 1)
    if near is None:
        return
    parts = max(1, math.ceil(math.dist(*near) / LONGEST))
    if parts == 1:
        yield from _piece(*near, reach, within)
        return
    for i in range(parts):
        yield from _piece(_between(*near, i / parts), _between(*near, (i + 1) / parts), reach, within)


def _between(a: Place, b: Place, part: float) -> Place:
    """The position after a part of the way."""
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def _piece(a: Place, b: Place, reach: float, within: Box) -> Iterator[Shape]:
    box = around((min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1])), reach, within)
    if box is None:
        return
    dx, dy = _from(a, box)
    ux, uy = b[0] - a[0], b[1] - a[1]
    length = ux * ux + uy * uy
    if length > 1e-12:
        along: Depth = dx * np.float32(ux / length) + dy * np.float32(uy / length)
        np.maximum(along, _NONE, out=along)
        np.minimum(along, _ONE, out=along)
        yield Shape(box, _distance(dx - np.float32(ux) * along, dy - np.float32(uy) * along))
    else:
        yield Shape(box, _distance(dx, dy))


def along(a: Place, b: Place, box: Box) -> Depth:
    """How far from `a` towards `b` each pixel of a box is. Units: pixels."""
    (dx, dy), length = _from(a, box), math.dist(a, b)
    return dx * np.float32((b[0] - a[0]) / length) + dy * np.float32((b[1] - a[1]) / length)


class Dashes(NamedTuple):
    """A dash pattern along a path. Units: pixels from its start; strokes are (from, to) without their round caps."""

    strokes: tuple[tuple[float, float], ...]
    period: float


def dashed(
    a: Place, b: Place, along: float, dashes: Dashes, reach: float, within: Box
) -> Iterator[tuple[Place, Place]]:
    """The dashes of a segment that begins `along` from its path's start, as far as they come near the box."""
    near, length = clipped(a, b, within, reach + 1), math.dist(a, b)
    if near is None or not length:
        return
    low, high = (along + math.dist(a, end) for end in near)
    for cycle in range(math.floor(low / dashes.period), math.floor(high / dashes.period) + 1):
        for start, end in dashes.strokes:
            first, last = max(low, cycle * dashes.period + start), min(high, cycle * dashes.period + end)
            if first <= last:
                yield _between(a, b, (first - along) / length), _between(a, b, (last - along) / length)


def on(places: NDArray[np.float64], dashes: Dashes, radius: float) -> NDArray[np.float32]:
    """Coverage, 0 to 1, of positions along a path by dashes with their caps. Units: pixels from the path's start."""
    phase = np.mod(places, dashes.period)
    part = np.zeros(places.shape, np.float32)
    for start, end in dashes.strokes:
        for shift in (-dashes.period, 0.0, dashes.period):
            inside = np.minimum(phase - shift - start, end + shift - phase) + radius + 0.5
            np.maximum(part, np.clip(inside, 0, 1), out=part, casting="same_kind")
    return part


def disc(centre: Place, reach: float, within: Box) -> Shape | None:
    """A point, to be grown to a disc."""
    box = around(centre, centre, reach, within)
    return Shape(box, _distance(*_from(centre, box))) if box else None


def polygon(corners: Sequence[Place], reach: float, within: Box) -> Shape | None:
    """A convex polygon; its corners are clockwise on the screen."""
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    box = around((min(xs), min(ys)), (max(xs), max(ys)), 2 * reach, within)
    if box is None:
        return None
    x, y = _from((0.0, 0.0), box)
    right, down, offset = _edges(tuple(corners))
    inside: Depth = np.minimum.reduce((right * x)[:, None, :] + (down * y[:, 0] + offset)[:, :, None])
    return Shape(box, inside)


def arrow(tail: Place, tip: Place, shaft: float, head: tuple[float, float], reach: float, within: Box) -> Shape | None:
    """An arrow. Units: pixels; `shaft` is its width, `head` the length and width of its head, which may be all."""
    low, high = (min(tail[0], tip[0]), min(tail[1], tip[1])), (max(tail[0], tip[0]), max(tail[1], tip[1]))
    box, length = around(low, high, head[1] / 2 + reach, within), math.dist(tail, tip)
    if box is None or not length:
        return None
    dx, dy = _from(tail, box)
    right, down = np.float32((tip[0] - tail[0]) / length), np.float32((tip[1] - tail[1]) / length)
    along: Depth = dx * right + dy * down
    aside: Depth = np.abs(dy * right - dx * down)
    long, half = head[0], head[1] / 2
    slope = half / long
    depth: Depth = np.float32(slope * length) - np.float32(slope) * along - aside
    depth *= np.float32(1 / math.hypot(1, slope))
    np.minimum(depth, along - np.float32(length - long), out=depth)
    if length > long:
        np.subtract(np.float32(shaft / 2), aside, out=aside)
        np.minimum(aside, along, out=aside)
        np.minimum(aside, np.float32(length - long / 2) - along, out=aside)
        np.maximum(depth, aside, out=depth)
    depth *= _FULL
    return Shape(box, depth)


def stripe(shape: Shape, edge: float, centre: Place, half: float) -> Shape:
    """The intersection of a shape, grown by `edge`, with a horizontal stripe. Units: `half` its height, in pixels."""
    _, down = _from(centre, shape.box)
    return _intersection(shape, edge, np.float32(half) - np.abs(down))


def right_half(shape: Shape, edge: float, centre: Place) -> Shape:
    """The right half of a shape, grown by `edge`."""
    return _intersection(shape, edge, _from(centre, shape.box)[0])


def _intersection(shape: Shape, edge: float, inside: NDArray[np.float32]) -> Shape:
    return Shape(shape.box, np.minimum(shape.depth + np.float32(255 * edge), np.float32(255) * inside))


def _edges(corners: tuple[Place, ...]) -> tuple[Depth, Depth, Depth]:
    """Of each edge, the gradient of the depth to the right and downwards, and the depth at (0, 0).

    Shapes: (edges, 1). Units: 255ths of a pixel.
    """
    table = []
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        right, down = 255 * (y1 - y2) / length, 255 * (x2 - x1) / length
        table.append((right, down, -right * x1 - down * y1))
    columns = np.array(table, np.float32).T[:, :, None]
    return columns[0], columns[1], columns[2]


def around(low: Place, high: Place, radius: float, within: Box) -> Box | None:
    """The pixels that a shape can cover, None if it lies outside."""
    reach = radius + 1
    box = Box(
        max(within.left, math.floor(low[0] - reach)),
        max(within.top, math.floor(low[1] - reach)),
        min(within.right, math.ceil(high[0] + reach)),
        min(within.bottom, math.ceil(high[1] + reach)),
    )
    return box if box.left < box.right and box.top < box.bottom else None


def max_blend(layer: NDArray[np.uint8], origin: Box, stamp: Mask) -> None:
    """Merge a mask into a layer of coverage that shows `origin`: the greater coverage wins."""
    seen = stamp.within(origin)
    if seen:
        part = layer[..., *seen.box.slices_in(origin)]
        np.maximum(part, seen.coverage, out=part)


def joined(pieces: Iterable[Mask]) -> Iterator[Mask]:
    """The pieces of one stroke so that none covers what another does: a translucent stroke is even where they meet."""
    every = list(pieces)
    if not every:
        return
    whole = functools.reduce(Box.union, (piece.box for piece in every))
    coverage = np.zeros((whole.height, whole.width), np.uint8)
    for piece in every:
        max_blend(coverage, whole, piece)
    for piece in every:
        part = coverage[piece.box.slices_in(whole)]
        yield Mask(piece.box, part.copy())
        part[:] = 0


def _from(place: Place, box: Box) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Offsets of pixel centres to the right of a position and below it."""
    x = _steps(box.width) + np.float32(box.left + 0.5 - place[0])
    y = _steps(box.height) + np.float32(box.top + 0.5 - place[1])
    return x, y[:, None]


@functools.lru_cache(maxsize=256)
def _steps(count: int) -> NDArray[np.float32]:
    return np.arange(count, dtype=np.float32)


def _distance(dx: Depth, dy: Depth) -> Depth:
    depth: Depth = dx * dx + dy * dy
    np.sqrt(depth, out=depth)
    depth *= _DOWN
    return depth


def clipped(a: Place, b: Place, within: Box, margin: float = 0.0) -> tuple[Place, Place] | None:
    """The part of a segment inside a box with a margin; None if there is none. Source: Liang and Barsky, 1984."""
    left, top, right, bottom = within.left - margin, within.top - margin, within.right + margin, within.bottom + margin
    if left <= a[0] <= right and left <= b[0] <= right and top <= a[1] <= bottom and top <= b[1] <= bottom:
        return a, b
    low, high = 0.0, 1.0
    for start, end, least, most in (
        (a[0], b[0], left, right),
        (a[1], b[1], top, bottom),
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
    return (a if low == 0 else _between(a, b, low)), (b if high == 1 else _between(a, b, high))
