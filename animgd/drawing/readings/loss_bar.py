"""A loss as a bar: how far above the minimum it is, on a logarithmic scale, beside where it started."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Overlay
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, disc, polygon
from animgd.graphics.theme import Theme
from animgd.recording.model import PanelRecording

DECADES = 4  # from 0.01 % to 100 % of the loss at the start
FILL, DOT, ROOM = 4.0, 4.6, 1.8  # height of the bar, radius of the dot, and the page around it
OVER = 1.02  # of the bar: a greater loss is a triangle at its end
RIM = 1.2  # of a dot too pale for the page
FINE = 4  # they stand at quarter pixels
NOW, RING, HOLE = 4.2, 3.7, 2.5  # radii of the dot on the progress line and of its rings
TICK, APART = 3.0, 9.0  # half the height of its ticks, and the room of ticks and rings
# Units: 720ths of the frame's shorter side.
Epoch = Fraction | int
DotColors = tuple[Color, Color | None]  # its fill, and its rim, if it has one


class LossBar(Overlay):
    """The bar of one run and the dot at its end. Units: pixels."""

    def __init__(
        self, recorded: PanelRecording, run: int, box: Box, unit: float, theme: Theme, colors: DotColors
    ) -> None:
        self._path = recorded.runs[run]
        losses = recorded.above_minimum(run)[: self._path.last + 1]
        with np.errstate(all="ignore"):
            above = np.where(losses == 0, 0.0, losses / losses[0])  # 0 of 0 is at the minimum
            part = 1 + np.log10(np.maximum(above, 10.0**-DECADES)) / DECADES
        self._over = np.nan_to_num(part, nan=2.0) > OVER
        self._part = np.clip(np.nan_to_num(part, nan=1.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
        self._bar, self._unit, self._theme, self._colors = box, unit, theme, colors
        self._x, self._is_over = math.nan, False

    @property
    def box(self) -> Box:
        """The pixels that the bar and its dot may cover."""
        reach = math.ceil((DOT + ROOM) * self._unit) + 1
        middle = (self._bar.top + self._bar.bottom) // 2
        return Box(self._bar.left - reach, middle - reach, self._bar.right + reach, middle + reach)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the loss after the last step."""
        step = min(self._path.step(moment), len(self._over) - 1)
        x = round((self._bar.left + float(self._part[step]) * self._bar.width) * FINE) / FINE
        over = bool(self._over[step])
        if (x, over) == (self._x, self._is_over):
            return
        before, self._x, self._is_over = self._x, x, over
        self.stamps = list(self._drawn(x, over))
        if math.isnan(before):
            yield self.box
            return
        reach = math.ceil((DOT + ROOM) * self._unit) + 1
        yield Box(math.floor(min(x, before)) - reach, self.box.top, math.ceil(max(x, before)) + reach, self.box.bottom)

    def _drawn(self, x: float, over: bool) -> Iterable[tuple[Mask, Color, float]]:
        (fill, rim), unit, theme, middle = (
            self._colors,
            self._unit,
            self._theme,
            (self._bar.top + self._bar.bottom) // 2,
        )
        high = max(1, round(FILL * unit / 2))
        if int(x) > self._bar.left:
            yield Mask.even(Box(self._bar.left, middle - high, int(x), middle + high)), theme.muted, 0.75
        if over:  # the end of the bar is not the end of the loss
            back, half = x - 3 * unit, 5 * unit
            tip = polygon([(back, middle - half), (x + 6 * unit, middle), (back, middle + half)], 0.0, self.box)
            if tip:
                yield tip.grown(0.0), fill if rim is None else rim, 1.0
            return
        inner = () if rim is None else ((DOT - RIM) * unit,)
        discs = _discs((x, middle), (DOT + ROOM) * unit, DOT * unit, *inner)
        for mask, color in zip(discs, (theme.page, fill if rim is None else rim, fill), strict=False):
            yield mask, color, 1.0


class ProgressLine(Overlay):
    """A line that fills with the epochs, with a ring where each run settles, and a tick at other events."""

    def __init__(
        self, line: Box, epochs: int, settled: list[Epoch], events: list[Epoch], unit: float, theme: Theme
    ) -> None:
        """Units: `settled` and `events` are epochs, the line is in pixels."""
        self._line, self._epochs, self._unit, self._theme = line, epochs, unit, theme
        self._middle, self._epoch = (line.top + line.bottom) / 2, -1
        self._rings, self._ticks = list(self._apart(sorted(settled))), list(self._apart(sorted({*events} - {*settled})))

    def _apart(self, epochs: list[Epoch]) -> Iterator[tuple[Epoch, int]]:
        """The epochs that have a ring, and where it is: none where it would touch the one before."""
        nearest = -math.inf
        for epoch in epochs:
            x = self._place(epoch)
            if x - nearest >= APART * self._unit:
                nearest = x
                yield epoch, x

    @property
    def _beside(self) -> float:
        """How far a tick stands from the dot. Units: pixels."""
        return NOW * self._unit + max(2.0, 2 * self._unit)

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
        reach, box = math.ceil(self._beside + self._unit) + 2, self.box
        left, right = sorted((self._place(before), self._place(epoch)))
        yield Box(max(left - reach, box.left), box.top, min(right + reach, box.right), box.bottom)

    def _place(self, epoch: Epoch) -> int:
        return self._line.left + round(epoch / self._epochs * self._line.width)

    def _drawn(self, epoch: int) -> Iterable[tuple[Mask, Color]]:
        unit, theme, now = self._unit, self._theme, self._place(epoch)
        if now > self._line.left:
            yield Mask.even(self._line._replace(right=now)), theme.ink
        half, thin = round(TICK * unit), max(1, round(unit))
        for _, x in self._ticks:
            tick = Box(x, math.floor(self._middle) - half, x + thin, math.ceil(self._middle) + half)
            if abs(x - now) >= self._beside:  # nearer to the dot, it would be one shape with it
                yield Mask.even(tick), theme.muted
        for settled, x in self._rings:
            ring, hole = _discs((x, self._middle), RING * unit, HOLE * unit)
            yield ring, theme.muted
            if settled > epoch:
                yield hole, theme.page
        for dot in _discs((now, self._middle), NOW * unit):
            yield dot, theme.ink


def _discs(centre: Place, *radii: float) -> Iterator[Mask]:
    """Discs of some radii, the greatest first."""
    right, down = math.floor(centre[0]), math.floor(centre[1])
    return (mask.moved(right, down) for mask in _drawn(centre[0] - right, centre[1] - down, radii))


@functools.lru_cache(maxsize=64)
def _drawn(right: float, down: float, radii: tuple[float, ...]) -> list[Mask]:
    """Discs around a place in the pixel (0, 0): they stand at few places in a pixel, so they are drawn once each."""
    reach = math.ceil(radii[0]) + 2
    shape = disc((right, down), radii[0], Box(-reach, -reach, reach, reach))
    return [shape.grown(radius) for radius in radii] if shape else []
