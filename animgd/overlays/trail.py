"""The path that a run has left: a light line on a dark casing, with a bead at each epoch.

Casing and core are two layers of coverage in which the greater coverage wins. So pieces join without a notch, the
order in which they come does not matter, and a trail that grew piece by piece equals one drawn at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.canvas import Planes, cut, lay
from animgd.frames import Box
from animgd.ink import Place, Shape, Stamp, segment, spot
from animgd.theme import Theme, run_colors
from animgd.track import Track

BEAD = 2.9  # the radius of a bead, in 720ths of the frame's height
APART = 2.6  # bead radii between two beads, or they would melt into one thick line


class Trail:
    """The trail of one run: `committed` pieces end at whole epochs, the one `passing` ends at the current point."""

    def __init__(self, track: Track, theme: Theme, run: int, runs: int, unit: float) -> None:
        self._track, self._theme = track, theme
        size = min(1.0, track.room / unit / 150) * unit * (1.0 if runs == 1 else 0.85)
        self._core, self._casing = theme.core_width / 2 * size, theme.casing_width / 2 * size
        self._bead = BEAD * size
        self._colors = (theme.casing, run_colors(theme, run, runs)[0])
        box = track.box
        shape = (box.bottom - box.top, box.right - box.left)
        self._layers = (np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
        self._pieces = 0  # committed corners behind the first
        self._beads = _spread(track.corners, APART * self._bead)
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
        return _grown(list(segment(a, b, self._casing, self._track.box)), self._casing, self._core)

    def _commit(self, a: Place, b: Place, corner: int) -> Iterator[Box]:
        layers = self._stroke(a, b)
        if corner in self._beads:
            for stamps, more in zip(layers, self._knot(b), strict=True):
                stamps.extend(more)
        for layer, stamps in zip(self._layers, layers, strict=True):
            for stamp in stamps:
                _merge(layer, self._track.box, stamp)
        yield from (stamp.box for stamp in layers[0])

    def _knot(self, at: Place) -> tuple[list[Stamp], list[Stamp]]:
        box, bead = self._track.box, self._bead
        if self._theme.bead == "plus":
            (x, y), arm = at, 1.9 * bead
            cross = [((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))]
            arms = [shape for a, b in cross for shape in segment(a, b, self._casing, box)]
            return _grown(arms, 0.8 * self._casing, 0.8 * self._core)
        rim = bead + 0.75 * (self._casing - self._core)
        disc = spot(at, rim, box)
        return _grown([disc] if disc else [], rim, bead)

    def paint(self, box: Box, planes: Planes) -> None:
        """All casing, then all cores."""
        origin = self._track.box
        rows = slice(box.top - origin.top, box.bottom - origin.top)
        columns = slice(box.left - origin.left, box.right - origin.left)
        for layer, passing, color in zip(self._layers, self._passing, self._colors, strict=True):
            coverage = layer[rows, columns]
            near = [stamp for stamp in passing if cut(stamp.box, box)]
            if near:
                coverage = coverage.copy()
                for stamp in near:
                    _merge(coverage, box, stamp)
            if coverage.any():
                lay(planes, coverage * np.float32(1 / 255), color)


def _grown(shapes: list[Shape], casing: float, core: float) -> tuple[list[Stamp], list[Stamp]]:
    return [shape.grown(casing) for shape in shapes], [shape.grown(core) for shape in shapes]


def _merge(layer: NDArray[np.uint8], origin: Box, stamp: Stamp) -> None:
    """Let the greater coverage win."""
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


def _spread(corners: list[Place], apart: float) -> set[int]:
    """The corners that get a bead: each far enough from the last that got one."""
    beads: set[int] = set()
    last = corners[0]
    for i, corner in enumerate(corners):
        if math.dist(corner, last) >= apart:
            beads.add(i)
            last = corner
    return beads
