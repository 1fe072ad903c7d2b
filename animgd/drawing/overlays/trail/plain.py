"""The trail of one of several runs, or a curve: one width and one colour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from animgd.drawing.overlays.base import Overlay
from animgd.drawing.overlays.trail.fading import faded
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend_alpha
from animgd.graphics.raster import Dashes, Mask, Place, dashed, max_blend, segment


class Trail(Overlay):
    """The trail of one of several runs, or a curve: its core over its casing, both of one width.

    Casing and core are two layers of coverage in which the greater coverage wins. So pieces join without a notch, the
    order in which they come does not matter, and a trail that grew piece by piece equals one drawn at once.
    """

    def __init__(
        self, track: ScreenPath, layers: tuple[tuple[float, Color, float], ...], pattern: Dashes | None
    ) -> None:
        """`layers` are (radius, color, strength), the lowest and widest first. Units: radii in pixels."""
        self._track, self._layers, self._dashes = track, layers, pattern
        self._radii = tuple(radius for radius, _, _ in layers)
        self._coverage = np.zeros((len(layers), track.box.height, track.box.width), np.uint8)
        self._pieces = 0  # committed corners behind the first
        self._along = [0.0, *accumulate(math.dist(a, b) for a, b in pairwise(track.corners))] if pattern else []
        self._passing: list[Mask] = []
        self._ends: tuple[Place, Place] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Commit the pieces of all steps made, and let the unfinished one follow the point."""
        corners, steps, made = self._track.corners, self._track.steps, self._track.step(moment)
        while self._pieces + 1 < len(corners) and steps[self._pieces + 1] <= made:
            for stamp in self._stroke(corners[self._pieces], corners[self._pieces + 1], self._pieces):
                max_blend(self._coverage, self._track.box, stamp)
                yield stamp.box
            self._pieces += 1
        ends = corners[self._pieces], self._track.at(moment)
        if ends != self._ends:
            yield from (stamp.box for stamp in self._passing)
            self._ends = ends
            self._passing = self._stroke(*ends, self._pieces) if ends[0] != ends[1] else []
            yield from (stamp.box for stamp in self._passing)

    def _stroke(self, a: Place, b: Place, piece: int) -> list[Mask]:
        reach, box, pattern = self._radii[0], self._track.box, self._dashes
        parts = dashed(a, b, self._along[piece], pattern, reach, box) if pattern else [(a, b)]
        strokes = [shape.strokes_of(self._radii) for part in parts for shape in segment(*part, reach, box)]
        return faded(strokes, self._track, self._track.steps[min(piece + 1, len(self._track.steps) - 1)])

    def paint(self, box: Box, planes: Planes) -> None:
        """Layer by layer: all casing, then all cores."""
        coverage = self._coverage[:, *box.slices_in(self._track.box)]
        passing = [seen for stamp in self._passing if (seen := stamp.within(box))]
        if passing:
            coverage = coverage.copy()
            for stamp in passing:
                max_blend(coverage, box, stamp)
        if coverage[0].any():  # the lowest layer is the widest
            for part, (_, color, strength) in zip(coverage, self._layers, strict=True):
                blend_alpha(planes, part * np.float32(strength / 255), color)
