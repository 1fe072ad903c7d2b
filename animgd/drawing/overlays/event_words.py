"""Where the words about an event stand: beside its place, where they cover neither a path nor a mark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.event_schedule import Told
from animgd.drawing.occupancy import Grid, Taken
from animgd.drawing.overlays import arrows, divergence, lens, marks, small_map
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.leader import leader, nearest, towards
from animgd.drawing.screen_path import ScreenPath, TrajectoryPath
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place
from animgd.graphics.text import mask
from animgd.recording.model import Series

SIZE, HALO, HALO_STRENGTH = 18.0, 2.2, 0.92  # of the words
GAP = 1.2  # between lines, in sizes
OFF, OFF_MINIMUM, OFF_FOOTPRINT = 10.0, 17.0, 2.0  # from a point, a minimum, and a footprint's corner to the leader
SHORTEST, SEEN, LONGEST, STRIDE = 10, 20, 90, 4  # from there to the words; words nearer than `SEEN` have no leader
INSET = 6.0  # from the panel's edge
POINT, ARROW, PATH, EDGE, GHOST = 10.0, 9.0, 4.0, 18.0, 26.0  # room around what the words must not cover
HEADS = 0.65  # of an arrow's room: that of its head, which no leader crosses
THIN = 0.4  # part of the room that a leader needs
DIAGONAL = math.sqrt(0.5)
SIDES = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
CORNERS = tuple((x * DIAGONAL, y * DIAGONAL) for x in (1, -1) for y in (-1, 1))
COVERED, CROSSED = 4, 10  # what a cell of the whole path counts below words, and one near it below a leader
# Units: 720ths of the frame's shorter side.
Ends = tuple[Place, Place]  # of a leader: near the place, and at the words


@dataclass(frozen=True)
class Words:
    """The words about an event as masks from below to above, and where they stand."""

    box: Box
    stamps: list[tuple[Mask, Color, float]]
    end: Fraction | float  # the moment


class Lines(NamedTuple):
    """The lines of an event's words. Units: pixels; the widths are those of the letters."""

    widths: tuple[int, ...]
    size: int
    halo: int

    @property
    def room(self) -> tuple[int, int]:
        """The width and the height of all lines with their halo."""
        high = round((0.95 + GAP * (len(self.widths) - 1)) * self.size)
        return max(self.widths) + 2 * self.halo, high + 2 * self.halo

    def rows(self, box: Box) -> Iterator[Box]:
        """Each of the lines, which are centred in a box."""
        for i, wide in enumerate(self.widths):
            left, top = (box.left + box.right - wide) // 2 - self.halo, box.top + round(GAP * i * self.size)
            yield Box(left, top, left + wide + 2 * self.halo, top + round(0.95 * self.size) + 2 * self.halo)


class Room:
    """The room of a panel for words."""

    def __init__(self, context: Context) -> None:
        self._context, self._unit, self._path = context, context.stroke(), context.paths[0]
        self._grid = Grid(context.box, self._unit)
        self._passed = self._grid.lines(*_way(self._path))
        self._beside = self._grid.spread(self._passed, PATH * self._unit)
        inset = small_map.placed(context)
        self._marks = self._grid.boxes(
            [*marks.covered(context, named=False), *divergence.covered(context), *([inset] if inset else [])]
        )
        self._lens = self._grid.boxes(lens.covered(context)) | self._tangents()
        self._arrows, ghost = list(arrows.reach(context)), context.recorded.ghost
        window = context.recorded.landscape.window
        self._ghost = TrajectoryPath(ghost, window, context.box) if ghost is not None else None

    def written(self, told: Told) -> Words | None:
        """The words about an event, with a line to its place; None if no place is free."""
        context, unit, face = self._context, self._unit, self._context.layout.face
        size, halo = round(SIZE * unit), max(1, round(HALO * unit))
        letters = [mask(text, size, bold=not i, face=face) for i, text in enumerate(told.lines)]
        lines = Lines(tuple(each.box.width for each in letters), size, halo)
        tries = (told._replace(end=end) for end in (told.end, *told.sooner))
        told, found = next(((each, place) for each in tries if (place := self._place(each, lines))), (told, None))
        if found is None:
            return None
        box, ends = found
        ink, around = context.lettering(box)
        stamps = list(leader(context, *ends, (ink, around))) if ends else []
        for i, each in enumerate(letters):
            left = (box.left + box.right - each.box.width) // 2
            placed = each.moved(left - each.box.left, box.top + halo + round((0.75 + GAP * i) * size))
            stamps += [(marks.grown(placed, halo), around, HALO_STRENGTH), (placed, ink, 1.0)]
        return Words(box, stamps, told.end)

    def _tangents(self) -> Taken:
        """The cells near the lines from a lens to its place on the map."""
        place, grid = self._context.lens, self._grid
        pairs = np.array(list(lens.tangents(place.footprint, place.box)) if place else []).reshape(-1, 2, 2)
        return grid.spread(grid.lines(pairs[:, 0], pairs[:, 1]), PATH * self._unit)

    def _place(self, told: Told, lines: Lines) -> tuple[Box, Ends | None] | None:
        """The box for words, and the ends of their leader: where least of the whole path is below them."""
        panel, unit, grid, size = self._context.box, self._unit, self._grid, lines.room
        if size[0] > panel.width - 2 * INSET * unit or size[1] > panel.height - 2 * INSET * unit:
            return None
        settled, off = told.kind == "settled", self._off(told)
        clear = 0.0 if settled else OFF * unit  # where the trail itself leads to the place
        taken, crossed = self._taken(told)
        best: tuple[float, Box, Ends | None] | None = None
        lengths, corners = self._tries(told, size, off)
        free = grid.free(taken, corners, size)
        for length, (left, top) in zip(lengths[free].tolist(), corners[free].tolist(), strict=True):
            if best and length >= best[0]:
                break
            box = Box(left, top, left + size[0], top + size[1])
            at, ends = grid.cells(box), _leader(told.spot, lines.rows(box), off)
            long = math.dist(ends[1], told.spot) - off
            if not SHORTEST * unit - 1 <= long <= LONGEST * unit:
                continue
            seen = long >= SEEN * unit and told.kind != "same_as"
            under = grid.line(towards(*ends, clear), ends[1]) if seen else grid.empty()
            blocked = (crossed & under).any()
            if blocked and not settled:  # which needs no leader: there is one place where it can be
                continue
            cost = length + COVERED * self._passed[at].sum()
            cost += CROSSED * (self._beside & under).sum() + LONGEST * blocked
            if best is None or cost < best[0]:
                best = cost, box, ends if seen and not blocked else None
        return best and best[1:]

    def _off(self, told: Told) -> float:
        """How far from its place an event's leader begins. Units: pixels."""
        lens, unit = self._context.lens, self._unit
        if told.kind != "settled":
            return OFF * unit
        if lens is None or told.start < lens.epoch:
            return OFF_MINIMUM * unit
        corner = math.hypot(lens.footprint.width, lens.footprint.height) / 2
        return max(OFF_MINIMUM * unit, corner + OFF_FOOTPRINT * unit)

    def _tries(self, told: Told, size: tuple[int, int], off: float) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """How far away boxes for words are, the nearest first, and their upper left corners.

        Shapes: (boxes,) and (boxes, 2). A side or a corner of each is next to the place, if it has room.
        """
        panel, unit, inset = self._context.box, self._unit, INSET * self._unit
        ways = np.array(CORNERS if told.kind == "settled" else (*CORNERS, *SIDES))
        lengths = np.arange(SHORTEST, LONGEST + 1, STRIDE)
        tips = told.spot + (off + lengths[:, None, None] * unit) * ways
        least, most = np.array((panel.left, panel.top)) + inset, np.array((panel.right, panel.bottom)) - inset - size
        corners = np.rint(np.minimum(np.maximum(tips - (1 - np.sign(ways)) / 2 * size, least), most))
        return np.repeat(lengths, len(ways)), corners.astype(int).reshape(-1, 2)

    def _taken(self, told: Told) -> tuple[Taken, Taken]:
        """The cells in which words about an event cannot stand, and those that their leader cannot pass."""
        unit, grid, opens = self._unit, self._grid, self._context.lens and told.end > self._context.lens.epoch
        still = self._marks | self._lens if opens else self._marks
        words, leader = still, still
        for cells, room, thin in self._moving(told):
            words, leader = words | grid.spread(cells, room * unit), leader | grid.spread(cells, thin * unit)
        return words, leader

    def _moving(self, told: Told) -> Iterator[tuple[Taken, float, float]]:
        """The cells that each moving thing passes meanwhile, and how far words and a leader keep from them."""
        grid, path, ghost = self._grid, self._path, self._ghost
        first, last = path.step(told.start), _ending(path, told.end)
        yield grid.lines(*_way(path, until=last)), PATH, 1.0
        yield grid.lines(*_way(path, first, last)), POINT, THIN * POINT
        for starts, ends in self._arrows:
            shown = slice(first, last + 1)
            yield grid.lines(starts[shown], ends[shown]), ARROW, HEADS * ARROW
        if ghost is not None:
            apart = ghost.step(told.start), _ending(ghost, told.end)
            yield grid.lines(*_way(ghost, *apart)), GHOST, THIN * GHOST
        if path.outside.any():
            edge = path.crossing(told.start)[0]
            yield grid.line(edge, edge), EDGE, THIN * EDGE


def _leader(spot: Place, rows: Iterator[Box], off: float) -> Ends:
    """The ends of a leader from so far from a place to the nearest of some boxes."""
    near = min((nearest(row, spot) for row in rows), key=lambda each: math.dist(each, spot))
    return towards(spot, near, off), near


def _ending(path: ScreenPath, moment: Fraction | float) -> int:
    """The step of a path that ends at a moment or after it."""
    return math.ceil(min(moment * path.steps_per_epoch, path.end))


def _way(path: ScreenPath, first: int = 0, until: float = math.inf) -> tuple[Series, Series]:
    """The pieces of a path from one step to another: where they begin and end. Shapes: (pieces, 2)."""
    steps, corners = np.array(path.steps), np.array(path.corners)
    shown = (steps[1:] > first) & (steps[:-1] < max(until, first + 1))
    here = np.array([path.at(path.moment(first))])
    return np.concatenate([corners[:-1][shown], here]), np.concatenate([corners[1:][shown], here])
