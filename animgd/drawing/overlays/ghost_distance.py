"""How far a run is from the ghost at the same epoch, as a number in its panel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.screen_path import parameters
from animgd.frame import Box, Color
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import mask, width
from animgd.recording.model import Trajectory


def overlays(context: Context) -> Iterator[GhostDistance]:
    """The distance of the first run from the ghost."""
    ghost, runs, theme, layout = context.recorded.ghost, context.recorded.runs, context.theme, context.layout
    if ghost is not None and runs:
        yield GhostDistance(runs[0], ghost, context.box, round(1.1 * layout.tick), theme.ink, theme.page, layout.face)


class GhostDistance(Overlay):
    """The distance of two runs in the parameters' units, on a plate in the panel's upper right corner."""

    def __init__(self, path: Trajectory, ghost: Trajectory, panel: Box, size: int, ink: Color, plate: Color,
                 face: Face = PLAIN) -> None:  # fmt: skip
        self._paths, self._size, self._colors, self._face = (path, ghost), size, (ink, plate), face
        widest = max(width(text, size, face=face) for text in ("Δ 88.88", "Δ > 999"))
        wide, high = round(widest + 0.9 * size), round(1.5 * size)
        corner = Box(panel.right - wide, panel.top, panel.right, panel.top + high)
        self._plate = Mask.even(corner.intersection(panel) or panel, 220)
        self._text = ""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Measure at the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        (w1, b1), (w2, b2) = (parameters(path, epoch) for path in self._paths)
        text = f"Δ {_written(math.hypot(w1 - w2, b1 - b2))}"
        if text != self._text:
            self._text = text
            letters, plate = mask(text, self._size, face=self._face), self._plate.box
            right, baseline = plate.right - round(0.4 * self._size), plate.top + round(1.1 * self._size)
            letters = letters.moved(right - letters.box.right, baseline)
            self.stamps = (self._plate, self._colors[1]), (letters, self._colors[0])
            yield plate


def _written(gap: float) -> str:
    return f"{gap:.2f}" if gap < 99.995 else f"{gap:.0f}" if gap < 999.5 else "> 999"
