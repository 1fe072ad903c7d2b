"""How far a run is from the ghost at the same epoch, as a number in its panel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Context
from animgd.drawing.screen_path import last
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import mask, width
from animgd.recording.model import Trajectory


def overlays(context: Context) -> Iterator[GhostDistance]:
    """The distance of the first run from the ghost."""
    ghost, runs, theme, layout = context.recorded.ghost, context.recorded.runs, context.theme, context.layout
    if ghost is not None and runs:
        yield GhostDistance(runs[0], ghost, context.box, round(1.1 * layout.tick), theme.ink, theme.page, layout.face)


class GhostDistance:
    """The distance of two runs in the parameters' units, on a plate in the panel's upper right corner."""

    def __init__(self, path: Trajectory, ghost: Trajectory, panel: Box, size: int, ink: Color, plate: Color,
                 face: Face = PLAIN) -> None:  # fmt: skip
        self._paths, self._size, self._colors, self._face = (path, ghost), size, (ink, plate), face
        widest = max(width(text, size, face=face) for text in ("Δ 88.88", "Δ > 999"))
        wide, high = round(widest + 0.9 * size), round(1.5 * size)
        self._box = Box(
            max(panel.left, panel.right - wide), panel.top, panel.right, min(panel.bottom, panel.top + high)
        )
        self._text = ""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Measure at the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        (w1, b1), (w2, b2) = (self._place(path, epoch) for path in self._paths)
        text = f"Δ {_written(math.hypot(w1 - w2, b1 - b2))}"
        if text != self._text:
            self._text = text
            yield self._box

    @staticmethod
    def _place(path: Trajectory, epoch: int) -> tuple[float, float]:
        epoch = min(epoch, last(path))
        return float(path.weight[epoch]), float(path.bias[epoch])

    def paint(self, box: Box, planes: Planes) -> None:
        """The plate, then the number, its right end fixed."""
        plate = self._box
        full = np.full((plate.height, plate.width), 220, np.uint8)
        blend(planes, box, Mask(plate, full), self._colors[1])
        letters = mask(self._text, self._size, face=self._face)
        right, baseline = plate.right - round(0.4 * self._size), plate.top + round(1.1 * self._size)
        left, top = right - letters.coverage.shape[1], baseline + letters.top
        where = Box(left, top, right, top + letters.coverage.shape[0])
        blend(planes, box, Mask(where, letters.coverage), self._colors[0])


def _written(gap: float) -> str:
    return f"{gap:.2f}" if gap < 99.995 else f"{gap:.0f}" if gap < 999.5 else "> 999"
