"""Where a lens stands and what it magnifies, and the moments at which it opens."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from fractions import Fraction

from animgd.drawing.overlays import divergence, marks, small_map
from animgd.drawing.overlays.base import Context, LensPlace
from animgd.drawing.overlays.inset.frame import edge
from animgd.drawing.overlays.inset.place import free_corner, trodden
from animgd.drawing.screen_path import TrajectoryPath
from animgd.drawing.timeline import Timeline
from animgd.frame import Box
from animgd.graphics.raster import Place
from animgd.recording.windows.nearer import rests
from animgd.scene.problem import Window

LEAST_FRAME = 400  # pixels: smaller frames have no room for it
CLEAR = 6  # from all that stands or moves on the panel
PART = 0.3  # of the panel's sides, without its frame: so it magnifies by a round number, the same at all sizes
OPENING = 8  # frames in which only the frame of the lens is seen
# Units: 720ths of the frame's shorter side.


def found(context: Context) -> LensPlace | None:
    """The place of a panel's lens; None if it has none."""
    land, line, rest = context.recorded.near, context.timeline, None
    if land and line and context.scene.shows("lens") and min(context.layout.size) >= LEAST_FRAME:
        rest = rests(context.recording.panels)[context.number]
    if not (land and line and rest) or line.moment(line.count) < rest.epoch:
        return None
    footprint = _on_map(context, land.window)
    if footprint is None:
        return None
    other = small_map.placed(context)
    taken = [footprint, *marks.covered(context, footprint), *divergence.covered(context), *_ghost(context)]
    taken += [other] if other else []
    box = free_corner(context, taken, CLEAR, [_size(context)])
    return LensPlace(box, footprint, rest, *_moments(line, rest.epoch)) if box else None


def _size(context: Context) -> tuple[int, int]:
    """The sides of a lens with its frame."""
    panel, edges = context.box, 2 * edge(context.layout.unit)
    return round(PART * panel.width) + edges, round(PART * panel.height) + edges


def _on_map(context: Context, window: Window) -> Box | None:
    """A window on the map, in whole pixels."""
    (left, right), (low, high) = window.x, window.y
    (x1, y1), (x2, y2) = context.transform.to_pixels(left, high), context.transform.to_pixels(right, low)
    return Box(round(x1), round(y1), round(x2), round(y2)).intersection(context.box)


def _ghost(context: Context) -> Iterator[Box]:
    """The pixels of the ghost's path."""
    if context.recorded.ghost:
        box = context.box
        path = TrajectoryPath(context.recorded.ghost, context.recorded.landscape.window, box)
        for row, column in zip(*trodden(path).nonzero(), strict=True):
            yield Box(0, 0, 1, 1).moved(box.left + int(column), box.top + int(row))


def _moments(line: Timeline, epoch: Fraction) -> tuple[tuple[Fraction, ...], Fraction]:
    """The moments of the frames in which a lens opens, and that from which on it is open."""
    moments = [line.moment(line.hold_start + step) for step in _steps(line, epoch)]
    return tuple(moment for moment in moments[:-1] if moment < moments[-1]), moments[-1]


def _steps(line: Timeline, epoch: Fraction) -> range:
    steps = range(line.steps + 1)
    first = bisect.bisect_left(
        steps, math.ceil(epoch), key=lambda step: math.floor(line.moment(line.hold_start + step))
    )
    return steps[first : first + OPENING + 1]


def tangents(one: Box, other: Box) -> Iterator[tuple[Place, Place]]:
    """The lines between equal corners of two boxes that have both boxes on one side."""
    corners = [_corners(box) for box in (one, other)]
    for a, b in zip(*corners, strict=True):
        beside = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for each in corners for x, y in each]
        if a != b and (min(beside) >= 0 or max(beside) <= 0):
            yield a, b


def _corners(box: Box) -> list[Place]:
    return [(x, y) for x in (float(box.left), float(box.right)) for y in (float(box.top), float(box.bottom))]
