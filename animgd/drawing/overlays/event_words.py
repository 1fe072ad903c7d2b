"""Where the words about an event stand: beside its place, where they cover neither a path nor a mark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from animgd.drawing.event_schedule import Told
from animgd.drawing.occupancy import Grid, Taken
from animgd.drawing.overlays import arrows, divergence, lens, marks, small_map
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.leader import leader, leader_ends, towards
from animgd.drawing.screen_path import ScreenPath, TrajectoryPath
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place
from animgd.graphics.text import mask
from animgd.recording.model import Series

SIZE, HALO, HALO_STRENGTH = 18.0, 2.2, 0.92  # of the words
GAP = 1.2  # between lines, in sizes
OFF, OFF_MINIMUM, OFF_FOOTPRINT = 7.0, 17.0, 21.0  # from the place to the leader's end
SHORTEST, LONGEST, STRIDE = 14, 90, 4  # of a leader
INSET = 6.0  # from the panel's edge
THIN = 0.4  # part of the room that a leader needs
POINT, ARROW, PATH, EDGE, GHOST = 10.0, 7.0, 4.0, 18.0, 26.0  # room around what the words must not cover
DIAGONAL = math.sqrt(0.5)
SIDES = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
CORNERS = tuple((x * DIAGONAL, y * DIAGONAL) for x in (1, -1) for y in (-1, 1))
COVERED, CROSSED, FREE = 4, 10, 4  # what a cell of the path below words or leader counts, and how many do not
# Units: 720ths of the frame's shorter side.


@dataclass(frozen=True)
class Words:
    """The words about an event as masks from below to above, and where they stand."""

    box: Box
    stamps: list[tuple[Mask, Color, float]]
    end: Fraction | float  # the moment


class Room:
    """The room of a panel for words."""

    def __init__(self, context: Context) -> None:
        self._context, self._unit, self._path = context, context.stroke(), context.paths[0]
        self._grid = Grid(context.box, self._unit)
        self._passed = self._grid.lines(*_way(self._path))
        inset = small_map.placed(context)
        self._marks = self._grid.boxes(
            [*marks.covered(context), *divergence.covered(context), *([inset] if inset else [])]
        )
        self._lens = self._grid.boxes(lens.covered(context))

    def written(self, told: Told) -> Words | None:
        """The words about an event, with a line to its place; None if no place is free."""
        context, unit, face = self._context, self._unit, self._context.layout.face
        size, halo = round(SIZE * unit), max(1, round(HALO * unit))
        letters = [mask(text, size, bold=not i, face=face) for i, text in enumerate(told.lines)]
        wide, high = max(each.box.width for each in letters), round((0.95 + GAP * (len(letters) - 1)) * size)
        room = wide + 2 * halo, high + 2 * halo
        found = self._place(told, room)
        if found is None:
            told = told._replace(end=told.brief)
            found = self._place(told, room)
        if found is None:
            return None
        box, ends = found
        stamps = list(leader(context, *ends)) if told.kind != "same_as" else []
        ink, around = context.lettering(box)
        for i, each in enumerate(letters):
            left = (box.left + box.right - each.box.width) // 2
            placed = each.moved(left - each.box.left, box.top + halo + round((0.75 + GAP * i) * size))
            stamps += [(marks.grown(placed, halo), around, HALO_STRENGTH), (placed, ink, 1.0)]
        return Words(box, stamps, told.end)

    def _place(self, told: Told, size: tuple[int, int]) -> tuple[Box, tuple[Place, Place]] | None:
        """The box for words of a size, and the ends of the leader: where least of the whole path is below them."""
        panel, unit, grid = self._context.box, self._unit, self._grid
        if size[0] > panel.width - 2 * INSET * unit or size[1] > panel.height - 2 * INSET * unit:
            return None
        until = _ending(self._path, told.end)
        taken = self._marks | self._moving(told, 1.0)
        if self._context.lens and told.end > self._context.lens.epoch:
            taken |= self._lens
        taken |= grid.spread(grid.lines(*_way(self._path, until=until)), PATH * unit)
        crossed = self._moving(told, THIN)
        best: tuple[float, Box, tuple[Place, Place]] | None = None
        for length, box, ends in self._tries(told, size):
            at = grid.cells(box)
            if (best and length >= best[0]) or taken[at].any():
                continue
            under = grid.line(*ends)
            beyond = grid.line(towards(*ends, OFF * unit), ends[1])
            if not (crossed & beyond).any():
                cost = length + COVERED * self._passed[at].sum() + CROSSED * max(0, (self._passed & under).sum() - FREE)
                if best is None or cost < best[0]:
                    best = cost, box, ends
        return best and best[1:]

    def _tries(self, told: Told, size: tuple[int, int]) -> Iterator[tuple[int, Box, tuple[Place, Place]]]:
        """Places for words of a size, with the lengths and the ends of their leaders, the shortest first."""
        unit, panel, settled = self._unit, self._context.box, told.kind == "settled"
        opened = self._context.lens and told.start >= self._context.lens.epoch
        off = ((OFF_FOOTPRINT if opened else OFF_MINIMUM) if settled else OFF) * unit
        for length in range(SHORTEST, LONGEST + 1, STRIDE):
            for way in CORNERS if settled else (*CORNERS, *SIDES):
                x, y = (at + (off + length * unit) * each for at, each in zip(told.spot, way, strict=True))
                box = _beside(panel, (x, y), way, size, INSET * unit)
                ends = leader_ends(told.spot, box, off)
                if ends and SHORTEST * unit - 1 <= math.dist(*ends) <= LONGEST * unit:
                    yield length, box, ends

    def _moving(self, told: Told, part: float) -> Taken:
        """The cells that point, arrows and ghost come near while an event is told; `part` of the usual room."""
        grid, room, path, context = self._grid, part * self._unit, self._path, self._context
        first, last = path.step(told.start), _ending(path, told.end)
        taken = grid.spread(grid.lines(*_way(path, first, last)), POINT * room)
        for steps, starts, ends in arrows.reach(context):
            shown = (first <= np.array(steps)) & (np.array(steps) <= last)
            taken |= grid.spread(grid.lines(starts[shown], ends[shown]), ARROW * room)
        if context.recorded.ghost is not None:
            ghost = TrajectoryPath(context.recorded.ghost, context.recorded.landscape.window, context.box)
            apart = ghost.step(told.start), _ending(ghost, told.end)
            taken |= grid.spread(grid.lines(*_way(ghost, *apart)), GHOST * room)
        if path.outside.any():
            edge = path.crossing(told.start)[0]
            taken |= grid.spread(grid.line(edge, edge), EDGE * room)
        return taken


def _ending(path: ScreenPath, moment: Fraction | float) -> int:
    """The step of a path that ends at a moment or after it."""
    return math.ceil(min(moment * path.steps_per_epoch, path.end))


def _way(path: ScreenPath, first: int = 0, until: float = math.inf) -> tuple[Series, Series]:
    """The pieces of a path from one step to another: where they begin and end. Shapes: (pieces, 2)."""
    steps, corners = np.array(path.steps), np.array(path.corners)
    shown = (steps[1:] > first) & (steps[:-1] < max(until, first + 1))
    here = np.array([path.at(path.moment(first))])
    return np.concatenate([corners[:-1][shown], here]), np.concatenate([corners[1:][shown], here])


def _beside(panel: Box, tip: Place, way: Place, size: tuple[int, int], inset: float) -> Box:
    """A box of a size whose side or corner touches a place, moved into the panel."""
    low, high = (panel.left, panel.top), (panel.right, panel.bottom)
    corner = []
    for at, side, long, least, most in zip(tip, way, size, low, high, strict=True):
        start = at if side > 0.1 else at - long if side < -0.1 else at - long / 2
        corner.append(round(min(max(start, least + inset), most - inset - long)))
    return Box(corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])
