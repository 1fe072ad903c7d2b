"""Where the words about an event stand: beside its place, where they cover neither a path nor a mark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.event_schedule import Told
from animgd.drawing.overlays import arrows, marks, small_map
from animgd.drawing.overlays.base import Context
from animgd.drawing.screen_path import ScreenPath, TrajectoryPath
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, segment
from animgd.graphics.text import mask
from animgd.recording.model import Series

SIZE, HALO, HALO_STRENGTH = 18.0, 2.2, 0.92  # of the words
GAP = 1.2  # between lines, in sizes
LEADER, CASED, FAINT = 0.7, 1.6, 0.7  # half the widths of the leader and its casing, and its strength
OFF, OFF_MINIMUM = 7.0, 17.0  # from the place to the leader's end
SHORTEST, LONGEST, STRIDE = 14, 90, 4  # of a leader
INSET = 6.0  # from the panel's edge
THIN = 0.4  # part of the room that a leader needs
POINT, ARROW, PATH, EDGE, GHOST = 10.0, 7.0, 4.0, 18.0, 26.0  # room around what the words must not cover
DIAGONAL = math.sqrt(0.5)
SIDES = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
CORNERS = tuple((x * DIAGONAL, y * DIAGONAL) for x in (1, -1) for y in (-1, 1))
CROSSED, FREE = 5, 8  # what a pixel of the path below the leader counts, and how many count nothing
# Units: 720ths of the frame's shorter side.

Grid = NDArray[np.bool_]


@dataclass(frozen=True)
class Words:
    """The words about an event as masks from below to above, and where they stand."""

    box: Box
    stamps: list[tuple[Mask, Color, float]]


def written(context: Context, told: Told) -> Words | None:
    """The words about an event, with a line to its place; None if no place is free."""
    unit, face = context.stroke(), context.layout.face
    size, halo = round(SIZE * unit), max(1, round(HALO * unit))
    letters = [mask(text, size, bold=not i, face=face) for i, text in enumerate(told.lines)]
    wide, high = max(each.box.width for each in letters), round((0.95 + GAP * (len(letters) - 1)) * size)
    found = _room(context, told, (wide + 2 * halo, high + 2 * halo))
    if found is None:
        return None
    box, ends = found
    stamps = list(_leader(context, *ends)) if ends else []
    ink, around = context.lettering(box)
    for i, each in enumerate(letters):
        left = (box.left + box.right - each.box.width) // 2
        placed = each.moved(left - each.box.left, box.top + halo + round((0.75 + GAP * i) * size))
        stamps += [(marks.grown(placed, halo), around, HALO_STRENGTH), (placed, ink, 1.0)]
    return Words(box, stamps)


def _leader(context: Context, start: Place, end: Place) -> Iterator[tuple[Mask, Color, float]]:
    unit, box = context.stroke(), context.box
    low = math.floor(min(start[0], end[0])), math.floor(min(start[1], end[1]))
    around = Box(*low, math.ceil(max(start[0], end[0])) + 1, math.ceil(max(start[1], end[1])) + 1)
    ink, casing = context.lettering(around.intersection(box) or box)
    shapes = list(segment(start, end, CASED * unit, box))
    yield from ((shape.grown(CASED * unit), casing, FAINT) for shape in shapes)
    yield from ((shape.grown(LEADER * unit), ink, 1.0) for shape in shapes)


def _room(context: Context, told: Told, size: tuple[int, int]) -> tuple[Box, tuple[Place, Place] | None] | None:
    """The box for words of a size, and the ends of the leader (none about a whole panel)."""
    unit = context.stroke()
    if size[0] > context.box.width - 2 * INSET * unit or size[1] > context.box.height - 2 * INSET * unit:
        return None
    taken, crossed, passed = _taken(context, told), _moving(context, told, THIN), _passed(context.paths[0])
    off = (OFF_MINIMUM if told.kind == "settled" else OFF) * unit
    best: tuple[float, Box, tuple[Place, Place] | None] | None = None
    for way in (*CORNERS, *(() if told.kind == "settled" else SIDES)):
        for length in range(SHORTEST, LONGEST + 1, STRIDE):
            tip = tuple(at + (off + length * unit) * each for at, each in zip(told.spot, way, strict=True))
            box = _beside(context.box, (tip[0], tip[1]), way, size, INSET * unit)
            ends = _ends(told.spot, box, off)
            if box is None or ends is None or not SHORTEST * unit - 1 <= math.dist(*ends) <= LONGEST * unit:
                continue
            under = _along(ends, context.box)
            beyond = _along((_towards(*ends, OFF * unit), ends[1]), context.box)
            at = box.slices_in(context.box)
            if taken[at].any() or crossed[beyond].any():
                continue
            cost = passed[at].sum() + CROSSED * max(0, int(passed[under].sum()) - FREE) + length
            if best is None or cost < best[0]:
                best = cost, box, ends if told.kind != "same_as" else None
    return best and best[1:]


def _beside(panel: Box, tip: Place, way: Place, size: tuple[int, int], inset: float) -> Box:
    """A box of a size whose side or corner touches a place, moved into the panel."""
    low, high = (panel.left, panel.top), (panel.right, panel.bottom)
    corner = []
    for at, towards, long, least, most in zip(tip, way, size, low, high, strict=True):
        start = at if towards > 0.1 else at - long if towards < -0.1 else at - long / 2
        corner.append(round(min(max(start, least + inset), most - inset - long)))
    return Box(corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])


def _ends(spot: Place, box: Box, off: float) -> tuple[Place, Place] | None:
    """Where a leader begins and ends: from near a place to the nearest pixel of a box; None if they touch."""
    end = min(max(spot[0], box.left), box.right), min(max(spot[1], box.top), box.bottom)
    return (_towards(spot, end, off), end) if math.dist(spot, end) > off else None


def _towards(start: Place, end: Place, way: float) -> Place:
    part = min(1.0, way / math.dist(start, end)) if start != end else 0.0
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _along(ends: tuple[Place, Place], panel: Box) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pixels of a panel below a line: rows and columns."""
    count = 2 + math.ceil(math.dist(*ends))
    x, y = (np.linspace(a, b, count) for a, b in zip(*ends, strict=True))
    rows = np.clip(y - panel.top, 0, panel.height - 1).astype(np.intp)
    return rows, np.clip(x - panel.left, 0, panel.width - 1).astype(np.intp)


def _taken(context: Context, told: Told) -> Grid:
    """The pixels that words must not cover while an event is told. Shapes: (height, width) of the panel."""
    until = math.ceil(min(told.end, context.paths[0].end))
    grid = _moving(context, told) | _spread(_passed(context.paths[0], until=until), PATH * context.stroke())
    inset = small_map.placed(context)
    for box in (*marks.covered(context), *([inset] if inset else [])):
        shared = box.intersection(context.box)
        if shared:
            grid[shared.slices_in(context.box)] = True
    return grid


def _moving(context: Context, told: Told, part: float = 1.0) -> Grid:
    """The pixels that the point, the arrows and the ghost come near while an event is told.

    Shapes: (height, width) of the panel; `part` of the usual room around them.
    """
    room, panel, path = part * context.stroke(), context.box, context.paths[0]
    first, last = int(told.start), math.ceil(min(told.end, path.end))
    grid = _spread(_passed(path, first, last), POINT * room)
    for epochs, starts, ends in arrows.reach(context):
        shown = (first <= np.array(epochs)) & (np.array(epochs) <= last)
        grid |= _spread(_lines(panel, starts[shown], ends[shown]), ARROW * room)
    if context.recorded.ghost is not None:
        ghost = TrajectoryPath(context.recorded.ghost, context.recorded.landscape.window, panel)
        grid |= _spread(_passed(ghost, first, last), GHOST * room)
    if path.outside.any():
        edge = np.array([path.crossing(told.start)[0]])
        grid |= _spread(_lines(panel, edge, edge), EDGE * room)
    return grid


def _passed(path: ScreenPath, first: int = 0, until: float = math.inf) -> Grid:
    """The pixels that a path passes from one epoch to another."""
    epochs, corners = np.array(path.epochs), np.array(path.corners)
    shown = (epochs[1:] > first) & (epochs[:-1] < max(until, first + 1))
    here = np.array([path.at(Fraction(first))])
    starts, ends = np.concatenate([corners[:-1][shown], here]), np.concatenate([corners[1:][shown], here])
    return _lines(path.box, starts, ends)


def _lines(panel: Box, starts: Series, ends: Series) -> Grid:
    """The pixels of a panel below straight lines. Shapes: `starts` and `ends` (n, 2)."""
    grid = np.zeros((panel.height, panel.width), bool)
    for start, end in zip(starts, ends, strict=True):
        long = min(math.dist(start, end), 4.0 * (panel.width + panel.height))
        x, y = np.linspace(start, end, 2 + math.ceil(long)).T
        inside = (x >= panel.left) & (x < panel.right) & (y >= panel.top) & (y < panel.bottom)
        grid[(y[inside] - panel.top).astype(int), (x[inside] - panel.left).astype(int)] = True
    return grid


def _spread(grid: Grid, by: float) -> Grid:
    """The pixels that are at most so far from those of a grid, along each axis."""
    reach = round(by)
    for axis in (0, 1):
        sums = np.cumsum(np.pad(grid, [(reach + 1, reach) if each == axis else (0, 0) for each in (0, 1)]), axis, int)
        size = grid.shape[axis]
        high, low = (np.take(sums, np.arange(size) + start, axis) for start in (2 * reach + 1, 0))
        grid = high > low
    return grid
