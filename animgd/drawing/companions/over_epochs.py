"""A number of each run over the epochs: its curve with a point at the moment, and its name beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing import companions
from animgd.drawing.companions import Context
from animgd.drawing.companions.epoch_cursor import EpochCursor
from animgd.drawing.overlays.base import Overlay, Stack
from animgd.drawing.overlays.marks import grown
from animgd.drawing.overlays.point import LEVELS, NEAR, Look, Point
from animgd.drawing.overlays.trail import Trail
from animgd.drawing.screen_path import Curve
from animgd.frame import Box
from animgd.graphics.markers import dashes
from animgd.graphics.numbers import compact, ticks
from animgd.graphics.raster import Place
from animgd.graphics.text import mask
from animgd.layout.companions import MARGIN, Marks, Ranges, with_margin
from animgd.layout.elements import CompanionBox, Series
from animgd.layout.measure import LEAST, Content
from animgd.recording.model import Recording

LETTERS, APART, NEXT = 16, 21, 17  # of the curves' names: size, distance to the next, and from the point
HALO = 2.0  # around a name
# Units: 720ths of the frame's shorter side.
NESTING = 160  # 900ths of the frame: in smaller plots, nested points would hide the curves
SPARE = 0.05  # of the epochs at both ends, so that no point is cut


class Companion(companions.Companion):
    """x is the epoch, y what `values` says of each run; the axis is linear where `suits_log` does not say otherwise."""

    highest = math.inf  # a value that grows leaves the plot at this many times the greatest start

    def values(self, recording: Recording, series: Sequence[Series]) -> list[NDArray[np.float64]]:
        """What is shown of each run. Shapes: (steps + 1,) each."""
        raise NotImplementedError

    def suits_log(self, finite: NDArray[np.float64]) -> bool:
        """Whether a logarithmic axis suits some values."""
        return False

    def ranges(self, content: Content) -> Ranges:
        """All epochs; all values but those of runs that leave."""
        paths = self.values(content.recording, content.series)
        epochs = -SPARE * content.scene.epochs, (1 + SPARE) * content.scene.epochs
        every = np.concatenate([*paths, np.empty(0)])
        finite = every[np.isfinite(every)]
        if not finite.size:
            return epochs, (0.0, 1.0), False
        low, top = float(finite.min()), float(finite.max())
        start = max((float(path[0]) for path in paths if np.isfinite(path[0])), default=0.0)
        top = min(top, self.highest * start) if start > 0 else top
        if not self.suits_log(finite):
            return epochs, with_margin(np.clip(finite, None, max(top, 0.0))), False
        top = max(top, low * 1.01)
        free = (top / low) ** MARGIN
        return epochs, (low / free, top * free), True

    def aside(self, content: Content) -> tuple[int, int]:
        """Room for the longest name, and for all of them one below the other."""
        unit = min(content.size) / 720
        size, apart = letters(unit)
        names = [name for name, _ in named(content.series, self.values(content.recording, content.series))]
        if len(content.series) < 2 or not all(names):
            return 0, 0
        wide = max(content.reach(name, size, min(content.size), True) for name in names)
        return math.ceil(wide + (NEXT + 6) * unit), len(names) * apart

    def ticks(self, plot: CompanionBox) -> Callable[[int], Marks]:
        """Whole epochs."""
        low, high = plot.across
        return lambda most: [
            ((v - low) / (high - low), compact(v))
            for v in ticks(low, high, most)
            if v == int(v) >= 0 and v <= high / (1 + SPARE)
        ]

    def area(self, context: Context) -> Stack:
        """A cursor at the epoch, and on it each run's curve with its point."""
        plot, theme = context.plot, context.theme
        stack: list[Overlay] = [EpochCursor(plot, theme.muted, max(1.0, 1.5 * context.layout.unit))]
        values = self.values(context.recording, plot.series)
        curves = [Curve(path, shown, plot) for path, shown in zip(context.paths, values, strict=True)]
        unit = 0.8 * context.layout.unit
        runs = list(zip(curves, context.colors, context.outlines, plot.series, strict=True))
        rim = companions.OUTLINE * context.layout.unit
        for curve, color, outline, series in reversed(runs):
            around = ((2.0 * unit + rim, outline, 1.0),) if outline else ()
            stack.append(Trail(curve, (*around, (2.0 * unit, color, 1.0)), dashes(series.marker, 4.0 * unit)))
        names = named(plot.series, values)
        different = [runs[first] for _, first in names]
        levels = LEVELS.get(len(different), 0) if plot.box.shorter >= NESTING * unit else 0
        for i, (curve, color, outline, series) in reversed([*enumerate(different)]):
            radii = 7.6 * unit, 6.0 * unit + (rim if outline else 1.6 * unit), 6.0 * unit
            look = Look(series.marker, radii, (theme.plot, outline or theme.plot, color), theme)
            above = [curve for curve, *_ in different[:i]] if levels else []
            stack.append(Point(curve, look, above, NEAR * unit, levels))
        return Stack(plot.room, [*stack, Names(context, curves, names)]) if plot.aside else Stack(plot.box, stack)


def named(series: Sequence[Series], values: Sequence[NDArray[np.float64]]) -> list[tuple[str, int]]:
    """The names of all curves that differ, each with its first series: of equal ones it is "Huber = Smooth L1"."""
    found: dict[bytes, tuple[str, int]] = {}
    for i, (each, shown) in enumerate(zip(series, values, strict=True)):
        name, first = found.get(shown.tobytes(), ("", i))
        found[shown.tobytes()] = f"{name} = {each.label}" if name else each.label, first
    return list(found.values())


def letters(unit: float) -> tuple[int, int]:
    """The size of the names of curves, and the distance from one to the next. Units: pixels."""
    size = max(LEAST, round(LETTERS * unit))
    return size, round(APART / LETTERS * size)


class Names(Overlay):
    """The names of the curves, beside their points and apart from each other."""

    def __init__(self, context: Context, curves: list[Curve], names: list[tuple[str, int]]) -> None:
        unit, layout, theme = context.layout.unit, context.layout, context.theme
        (size, self._apart), series = letters(unit), context.plot.series
        self._curves, self._box, self._unit, self._size = [], context.plot.box, unit, size
        self._halo = max(1, round(HALO * unit))
        for name, first in names:
            color = theme.labels[series[first].marker % len(theme.labels)]
            written = mask(name, size, True, layout.face)
            self._curves.append((curves[first], written, grown(written, self._halo), color))
        self._page, self._room = theme.plot, context.plot.room
        self._now: tuple[tuple[int, int], ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand beside the points."""
        places = [curve.at(moment) for curve, *_ in self._curves]
        now = tuple((round(x + NEXT * self._unit), y) for (x, _), y in zip(places, self._heights(places), strict=True))
        if now == self._now:
            return
        before, self._now = self.stamps, now
        every = list(zip(self._curves, now, strict=True))
        halos = [halo.moved(*at).within(self._room) for (_, _, halo, _), at in every]  # over the grid's lines
        placed = [(letters.moved(*at), color) for (_, letters, _, color), at in every]
        self.stamps = [(halo, self._page) for halo in halos if halo] + placed
        yield from (stamp.box for stamp, *_ in (*before, *self.stamps))

    def _heights(self, places: list[Place]) -> list[int]:
        """Baselines in the order of the points, none nearer to the next than `APART`, all in the box."""
        apart, middle = self._apart, round(0.36 * self._size)
        order = sorted(range(len(places)), key=lambda i: places[i][1])
        heights = [0] * len(places)
        last = self._box.top - apart + self._size + self._halo  # so that capitals and their halo stay inside
        for i in order:
            last = heights[i] = max(round(places[i][1]) + middle, last + apart)
        end = self._box.bottom - math.ceil(0.3 * self._size)
        for i in reversed(order):
            end = heights[i] = min(heights[i], end)
            end -= apart
        return heights
