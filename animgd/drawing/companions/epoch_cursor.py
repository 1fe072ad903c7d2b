"""A thin upright line at the moment, in a companion whose axis is the epoch."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend
from animgd.graphics.raster import Mask
from animgd.layout import CompanionBox

FINE = 16  # columns are covered in these parts


class EpochCursor:
    """Moves from the first epoch to the last."""

    def __init__(self, plot: CompanionBox, color: Color, wide: float) -> None:
        """Units: `wide` in pixels."""
        self._plot, self._color, self._wide = plot, color, wide
        self._stamp: Mask | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the moment."""
        x = round(self._plot.transform.x(float(moment)) * FINE) / FINE
        before, self._stamp = self._stamp, self._at(x)
        for stamp in (before, self._stamp):
            if stamp is not None and (before is None or before.box != self._stamp.box or self._moved(before)):
                yield stamp.box

    def _moved(self, before: Mask) -> bool:
        return self._stamp is None or not np.array_equal(before.coverage, self._stamp.coverage)

    def _at(self, x: float) -> Mask:
        box = self._plot.box
        low, high = x - self._wide / 2, x + self._wide / 2
        left, right = max(box.left, int(low)), min(box.right, int(high) + 1)
        columns = np.arange(left, right)
        part = np.minimum(columns + 1, high) - np.maximum(columns, low)
        row = np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)
        return Mask(Box(left, box.top, right, box.bottom), np.tile(row, (box.height, 1)))

    def paint(self, box: Box, planes: Planes) -> None:
        """The line, faintly."""
        if self._stamp is not None:
            blend(planes, box, self._stamp, self._color, 0.5)
