"""Where the words about an event stand: beside its place, where they cover neither a path nor a mark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

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
        until = _ending(self._path, told.end)
        opens = self._context.lens and told.end > self._context.lens.epoch
        still, drawn = self._marks | self._lens if opens else self._marks, grid.lines(*_way(self._path, until=until))
        taken = still | self._moving(told, 1.0) | grid.spread(drawn, PATH * unit)
        crossed = still | self._moving(told, THIN) | grid.spread(drawn, unit)
        clear = 0.0 if told.kind == "settled" else OFF * unit  # where the trail itself leads to the place
        best: tuple[float, Box, Ends | None] | None = None
        for length, box, ends in self._tries(told, lines):
            at = grid.cells(box)
            if (best and length >= best[0]) or taken[at].any():
                continue
            cost = length + COVERED * self._passed[at].sum()
            under = grid.line(towards(*ends, clear), ends[1]) if ends else grid.empty()
            cost += CROSSED * (self._beside & under).sum()
            blocked = (crossed & under).any()
            if blocked and told.kind != "settled":  # which needs no leader: there is one place where it can be
                continue
            cost += LONGEST * blocked
            if best is None or cost < best[0]:
                best = cost, box, None if blocked else ends
        return best and best[1:]

    def _tries(self, told: Told, lines: Lines) -> Iterator[tuple[int, Box, Ends | None]]:
        """Places for words, how far away they are, the nearest first, and the ends of their leaders."""
        unit, panel, size, settled = self._unit, self._context.box, lines.room, told.kind == "settled"
        off = (OFF_MINIMUM if settled else OFF) * unit
        if settled and self._context.lens and told.start >= self._context.lens.epoch:
            footprint = self._context.lens.footprint
            off = max(off, math.hypot(footprint.width, footprint.height) / 2 + OFF_FOOTPRINT * unit)
        for length in range(SHORTEST, LONGEST + 1, STRIDE):
            for way in CORNERS if settled else (*CORNERS, *SIDES):
                x, y = (at + (off + length * unit) * each for at, each in zip(told.spot, way, strict=True))
                box = _beside(panel, (x, y), way, size, INSET * unit)
                every = (nearest(row, told.spot) for row in lines.rows(box))
                near = min(every, key=lambda place: math.dist(place, told.spot))
                long = math.dist(near, told.spot) - off
                if SHORTEST * unit - 1 <= long <= LONGEST * unit:
                    ends = towards(told.spot, near, off), near
                    yield length, box, ends if long >= SEEN * unit and told.kind != "same_as" else None

    def _moving(self, told: Told, part: float) -> Taken:
        """The cells that point, arrows and ghost come near while an event is told; `part` of the usual room."""
        grid, room, path, context = self._grid, part * self._unit, self._path, self._context
        first, last = path.step(told.start), _ending(path, told.end)
        taken = grid.spread(grid.lines(*_way(path, first, last)), POINT * room)
        for steps, starts, ends in arrows.reach(context):
            shown = (first <= np.array(steps)) & (np.array(steps) <= last)
            taken |= grid.spread(grid.lines(starts[shown], ends[shown]), ARROW * max(room, HEADS * self._unit))
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
