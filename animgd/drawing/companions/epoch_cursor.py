"""A thin upright line at the moment, in a companion whose axis is the epoch."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Overlay
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask
from animgd.layout import CompanionBox

FINE = 16  # columns are covered in these parts


class EpochCursor(Overlay):
    """Moves from the first epoch to the last."""

    def __init__(self, plot: CompanionBox, color: Color, wide: float) -> None:
        """Units: `wide` in pixels."""
        self._plot, self._color, self._wide = plot, color, wide
        self._x = -1.0

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the moment."""
        x = round(self._plot.transform.x(float(moment)) * FINE) / FINE
        if x != self._x:
            before, self._x, self.stamps = self.stamps, x, [(self._at(x), self._color, 0.5)]
            yield from (stamp.box for stamp, *_ in (*before, *self.stamps))

    def _at(self, x: float) -> Mask:
        box = self._plot.box
        low, high = x - self._wide / 2, x + self._wide / 2
        left, right = max(box.left, int(low)), min(box.right, int(high) + 1)
        columns = np.arange(left, right)
        part = np.minimum(columns + 1, high) - np.maximum(columns, low)
        row = np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)
        return Mask(Box(left, box.top, right, box.bottom), np.tile(row, (box.height, 1)))
