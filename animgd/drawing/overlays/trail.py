"""The path that a run has left: a light line on a dark casing, with a bead at each epoch.

Casing and core are two layers of coverage in which the greater coverage wins. So pieces join without a notch, the
order in which they come does not matter, and a trail that grew piece by piece equals one drawn at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from animgd.drawing.overlays.base import CROWDED, MANY, Context, Overlay
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend_alpha
from animgd.graphics.markers import dashes
from animgd.graphics.raster import Dashes, Mask, Place, dashed, disc, max_blend, segment
from animgd.graphics.theme import Theme, run_colors

BEAD = 2.9  # the radius of a bead, in 720ths of the frame's shorter side
FINEST = 1.6  # pixels: the pattern of a thinner line is that of one so wide
APART = 2.6  # bead radii between two beads, or they would melt into one thick line


class Layer(NamedTuple):
    """One coat of a trail. Units: radii in pixels."""

    radius: float
    bead: float  # 0 draws none
    color: Color


@dataclass(frozen=True)
class Pen:
    """What a trail is drawn with: coats from the lowest and widest to the highest; `apart` in pixels."""

    layers: tuple[Layer, ...]
    apart: float = 0.0  # between two beads; 0 draws none
    plus: bool = False  # whether beads are plus signs
    dashes: Dashes | None = None

    @classmethod
    def of(cls, theme: Theme, core: Color, unit: float, marker: int = 0) -> Pen:
        """The pen of a theme. Units: `unit` is what the theme's strokes count in, in pixels."""
        narrow, wide, bead = theme.core_width / 2 * unit, theme.casing_width / 2 * unit, BEAD * unit
        rim = bead + 0.75 * (wide - narrow)
        if theme.bead == "plus":
            bead, rim = 0.8 * narrow, 0.8 * wide
        layers = Layer(wide, rim, theme.casing), Layer(narrow, bead, core)
        pattern = dashes(marker, max(2 * narrow, FINEST))
        apart = 0.0 if pattern else APART * BEAD * unit  # beads would hide the pattern
        return cls(layers, apart, theme.bead == "plus", pattern)


class Trail(Overlay):
    """The trail of one run: `committed` pieces end at whole epochs, the one `passing` ends at the current point."""

    def __init__(self, track: ScreenPath, pen: Pen) -> None:
        self._track, self._pen = track, pen
        self._radii = tuple(layer.radius for layer in pen.layers)
        self._coverage = np.zeros((len(pen.layers), track.box.height, track.box.width), np.uint8)
        self._pieces = 0  # committed corners behind the first
        self._along = [0.0, *accumulate(math.dist(a, b) for a, b in pairwise(track.corners))] if pen.dashes else []
        self._beads = _spread(track.corners, pen.apart) if pen.apart else set()
        self._passing: list[Mask] = []
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
            yield from (stamp.box for stamp in self._passing)
            self._ends = ends
            self._passing = self._stroke(*ends, self._pieces) if ends[0] != ends[1] else []
            yield from (stamp.box for stamp in self._passing)

    def _stroke(self, a: Place, b: Place, piece: int) -> list[Mask]:
        reach, box, pattern = self._radii[0], self._track.box, self._pen.dashes
        parts = dashed(a, b, self._along[piece], pattern, reach, box) if pattern else [(a, b)]
        return [shape.strokes_of(self._radii) for part in parts for shape in segment(*part, reach, box)]

    def _commit(self, a: Place, b: Place, corner: int) -> Iterator[Box]:
        stamps = self._stroke(a, b, corner - 1)
        if corner in self._beads:
            stamps += self._knot(b)
        for stamp in stamps:
            max_blend(self._coverage, self._track.box, stamp)
            yield stamp.box

    def _knot(self, at: Place) -> list[Mask]:
        box, pen = self._track.box, self._pen
        radii = tuple(layer.bead for layer in pen.layers)
        if pen.plus:
            (x, y), arm = at, pen.apart * 1.9 / APART
            cross = [((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))]
            return [shape.strokes_of(radii) for a, b in cross for shape in segment(a, b, radii[0], box)]
        dot = disc(at, radii[0], box)
        return [dot.strokes_of(radii)] if dot else []

    def paint(self, box: Box, planes: Planes) -> None:
        """Coat by coat: all casing, then all cores."""
        coverage = self._coverage[:, *box.slices_in(self._track.box)]
        if self._passing:
            coverage = coverage.copy()
            for stamp in self._passing:
                max_blend(coverage, box, stamp)
        if coverage[0].any():  # the lowest coat is the widest
            for part, layer in zip(coverage * np.float32(1 / 255), self._pen.layers, strict=True):
                blend_alpha(planes, part, layer.color)


def overlays(context: Context) -> Iterator[Trail]:
    """One trail a run."""
    count, labelled = len(context.paths), context.labelled
    unit = context.stroke(count)
    if labelled and count > MANY:  # distinguished by patterns, which must be visible
        unit = max(unit, CROWDED * context.stroke(MANY))
    for path, marker in zip(context.paths, context.markers, strict=True):
        core = run_colors(context.theme, marker, labelled)[0]
        yield Trail(path, Pen.of(context.theme, core, unit, marker if labelled else 0))


def _spread(corners: list[Place], apart: float) -> set[int]:
    """The corners that get a bead: each far enough from the last that got one."""
    beads: set[int] = set()
    last = corners[0]
    for i, corner in enumerate(corners):
        if math.dist(corner, last) >= apart:
            beads.add(i)
            last = corner
    return beads
