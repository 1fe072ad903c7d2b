"""The path that a run has left: a light line on a dark casing, with a bead at each epoch.

Casing and core are two layers of coverage in which the greater coverage wins. So pieces join without a notch, the
order in which they come does not matter, and a trail that grew piece by piece equals one drawn at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from animgd.canvas import Planes, lay
from animgd.frames import Box, Color
from animgd.ink import Place, Shape, Stamp, cut, merge, segment, spot
from animgd.theme import Theme
from animgd.track import Line

APART = 2.6  # bead radii between two beads, or they would melt into one thick line


@dataclass(frozen=True)
class Pen:
    """What a trail is drawn with. Units: radii in pixels; `bead` 0 draws none."""

    core: float
    casing: float
    bead: float
    colors: tuple[Color, Color]  # of casing and core
    plus: bool = False  # whether beads are plus signs

    @classmethod
    def of(cls, theme: Theme, core: Color, unit: float) -> Pen:
        """The pen of a theme. Units: `unit` is what the theme's strokes count in, in pixels."""
        plus = theme.bead == "plus"
        radius = 2.9 * unit
        return cls(theme.core_width / 2 * unit, theme.casing_width / 2 * unit, radius, (theme.casing, core), plus)


class Trail:
    """The trail of one run: `committed` pieces end at whole epochs, the one `passing` ends at the current point."""

    def __init__(self, track: Line, pen: Pen) -> None:
        self._track, self._pen = track, pen
        box = track.box
        shape = (box.bottom - box.top, box.right - box.left)
        self._layers = (np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
        self._pieces = 0  # committed corners behind the first
        self._beads = _spread(track.corners, APART * pen.bead) if pen.bead else set()
        self._passing: tuple[list[Stamp], list[Stamp]] = ([], [])
        self._ends: tuple[Place, Place] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Commit the pieces of all epochs reached, and let the unfinished one follow the point."""
        corners, epochs = self._track.corners, self._track.epochs
        reached = moment.numerator // moment.denominator
        while self._pieces + 1 < len(corners) and epochs[self._pieces + 1] <= reached:
            yield from self._commit(corners[self._pieces], corners[self._pieces + 1], self._pieces + 1)
            self._pieces += 1
        ends = corners[self._pieces], self._track.at(moment)
        if ends != self._ends:
            yield from (stamp.box for stamp in self._passing[0])
            self._ends = ends
            self._passing = self._stroke(*ends) if ends[0] != ends[1] else ([], [])
            yield from (stamp.box for stamp in self._passing[0])

    def _stroke(self, a: Place, b: Place) -> tuple[list[Stamp], list[Stamp]]:
        return _grown(list(segment(a, b, self._pen.casing, self._track.box)), self._pen.casing, self._pen.core)

    def _commit(self, a: Place, b: Place, corner: int) -> Iterator[Box]:
        layers = self._stroke(a, b)
        if corner in self._beads:
            for stamps, more in zip(layers, self._knot(b), strict=True):
                stamps.extend(more)
        for layer, stamps in zip(self._layers, layers, strict=True):
            for stamp in stamps:
                merge(layer, self._track.box, stamp)
        yield from (stamp.box for stamp in layers[0])

    def _knot(self, at: Place) -> tuple[list[Stamp], list[Stamp]]:
        box, pen = self._track.box, self._pen
        if pen.plus:
            (x, y), arm = at, 1.9 * pen.bead
            cross = [((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))]
            arms = [shape for a, b in cross for shape in segment(a, b, pen.casing, box)]
            return _grown(arms, 0.8 * pen.casing, 0.8 * pen.core)
        rim = pen.bead + 0.75 * (pen.casing - pen.core)
        disc = spot(at, rim, box)
        return _grown([disc] if disc else [], rim, pen.bead)

    def paint(self, box: Box, planes: Planes) -> None:
        """All casing, then all cores."""
        origin = self._track.box
        rows = slice(box.top - origin.top, box.bottom - origin.top)
        columns = slice(box.left - origin.left, box.right - origin.left)
        for layer, passing, color in zip(self._layers, self._passing, self._pen.colors, strict=True):
            coverage = layer[rows, columns]
            near = [stamp for stamp in passing if cut(stamp.box, box)]
            if near:
                coverage = coverage.copy()
                for stamp in near:
                    merge(coverage, box, stamp)
            if coverage.any():
                lay(planes, coverage * np.float32(1 / 255), color)


def _grown(shapes: list[Shape], casing: float, core: float) -> tuple[list[Stamp], list[Stamp]]:
    return [shape.grown(casing) for shape in shapes], [shape.grown(core) for shape in shapes]


def _spread(corners: list[Place], apart: float) -> set[int]:
    """The corners that get a bead: each far enough from the last that got one."""
    beads: set[int] = set()
    last = corners[0]
    for i, corner in enumerate(corners):
        if math.dist(corner, last) >= apart:
            beads.add(i)
            last = corner
    return beads
