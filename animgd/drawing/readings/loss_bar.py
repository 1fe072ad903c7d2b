"""A loss as a bar: how far above the minimum it is, on a logarithmic scale, beside where it started."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Overlay
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, disc, polygon
from animgd.graphics.theme import Theme
from animgd.recording.model import PanelRecording

DECADES = 4  # from 0.01 % to 100 % of the loss at the start
FILL, DOT, ROOM = 4.0, 4.6, 1.8  # height of the bar, radius of the dot, and the page around it
OVER = 1.02  # of the bar: a greater loss is a triangle at its end
FINE = 4  # they stand at quarter pixels
# Units: 720ths of the frame's shorter side.


class LossBar(Overlay):
    """The bar of one run and the dot at its end. Units: pixels."""

    def __init__(self, recorded: PanelRecording, run: int, box: Box, unit: float, theme: Theme, color: Color) -> None:
        losses = recorded.above_minimum(run)[: recorded.runs[run].last + 1]
        with np.errstate(all="ignore"):
            above = losses / losses[0]
            part = 1 + np.log10(np.maximum(above, 10.0**-DECADES)) / DECADES
        self._over = np.nan_to_num(part, nan=2.0) > OVER
        self._part = np.clip(np.nan_to_num(part, nan=1.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
        self._bar, self._unit, self._theme, self._color = box, unit, theme, color
        self._x, self._is_over = math.nan, False

    @property
    def box(self) -> Box:
        """The pixels that the bar and its dot may cover."""
        reach = math.ceil((DOT + ROOM) * self._unit) + 1
        middle = (self._bar.top + self._bar.bottom) // 2
        return Box(self._bar.left - reach, middle - reach, self._bar.right + reach, middle + reach)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the loss of the epoch last reached."""
        epoch = min(moment.numerator // moment.denominator, len(self._over) - 1)
        x = round((self._bar.left + float(self._part[epoch]) * self._bar.width) * FINE) / FINE
        over = bool(self._over[epoch])
        if (x, over) == (self._x, self._is_over):
            return
        before, self._x, self._is_over = self._x, x, over
        self.stamps = list(self._drawn(x, over))
        if math.isnan(before):
            yield self.box
            return
        reach = math.ceil((DOT + ROOM) * self._unit) + 1
        yield Box(math.floor(min(x, before)) - reach, self.box.top, math.ceil(max(x, before)) + reach, self.box.bottom)

    def _drawn(self, x: float, over: bool) -> Iterable[tuple[Mask, tuple[int, int, int], float]]:
        unit, middle = self._unit, (self._bar.top + self._bar.bottom) // 2
        high = max(1, round(FILL * unit / 2))
        if int(x) > self._bar.left:
            yield Mask.even(Box(self._bar.left, middle - high, int(x), middle + high)), self._theme.muted, 0.75
        dot = disc((x, float(middle)), (DOT + ROOM) * unit, self.box)
        if over:  # the end of the bar is not the end of the loss
            back, half = x - 3 * unit, 5 * unit
            tip = polygon([(back, middle - half), (x + 6 * unit, middle), (back, middle + half)], 0.0, self.box)
            if tip:
                yield tip.grown(0.0), self._color, 1.0
        elif dot:
            yield dot.grown((DOT + ROOM) * unit), self._theme.page, 1.0
            yield dot.grown(DOT * unit), self._color, 1.0


class ProgressLine(Overlay):
    """A line that fills with the epochs, with a ring where each run settles. Units: pixels."""

    def __init__(self, line: Box, epochs: int, settled: list[int], unit: float, theme: Theme) -> None:
        self._line, self._epochs, self._unit, self._theme = line, epochs, unit, theme
        self._settled = settled
        self._epoch = -1

    @property
    def box(self) -> Box:
        """The pixels that the line, its dot and its rings may cover."""
        reach, middle = math.ceil(DOT * self._unit) + 2, (self._line.top + self._line.bottom) // 2
        return Box(self._line.left - reach, middle - reach, self._line.right + reach, middle + reach)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Fill up to the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        if epoch == self._epoch:
            return
        before, self._epoch = max(0, self._epoch), epoch
        self.stamps = list(self._drawn(epoch))
        if not before:
            yield self.box
            return
        reach = math.ceil(DOT * self._unit) + 2
        left, right = sorted((self._place(before), self._place(epoch)))
        yield Box(math.floor(left) - reach, self.box.top, math.ceil(right) + reach, self.box.bottom)

    def _place(self, epoch: int) -> float:
        return self._line.left + round(epoch / self._epochs * self._line.width)

    def _drawn(self, epoch: int) -> Iterable[tuple[Mask, tuple[int, int, int]]]:
        unit, middle, now = self._unit, (self._line.top + self._line.bottom) / 2, self._place(epoch)
        if now > self._line.left:
            yield Mask.even(self._line._replace(right=int(now))), self._theme.ink
        nearest = -math.inf
        for settled in sorted(self._settled):
            x = self._place(settled)
            ring = disc((x, middle), 3.7 * unit, self.box)
            if ring and x - nearest >= 9 * unit:
                nearest = x
                yield ring.grown(3.7 * unit), self._theme.muted
                if settled > epoch:
                    yield ring.grown(2.5 * unit), self._theme.page
        dot = disc((now, middle), 4.2 * unit, self.box)
        if dot:
            yield dot.grown(4.2 * unit), self._theme.ink
