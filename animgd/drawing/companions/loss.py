"""The loss of each run over the epochs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from animgd.drawing import companions
from animgd.drawing.companions import Context
from animgd.drawing.companions.epoch_cursor import EpochCursor
from animgd.drawing.overlays.base import Overlay, Stack
from animgd.drawing.overlays.point import Look, Point
from animgd.drawing.overlays.trail import Layer, Pen, Trail
from animgd.drawing.screen_path import LossCurve
from animgd.graphics.markers import dashes
from animgd.graphics.numbers import compact, ticks
from animgd.layout.companions import MARGIN, Marks, Ranges, with_margin
from animgd.layout.elements import CompanionBox
from animgd.layout.measure import Content

HIGHEST = 30.0  # a diverging loss leaves the plot at this many times the greatest start


class Companion(companions.Companion):
    """x is the epoch, y the loss, on a logarithmic axis where all losses are above 0."""

    name = "loss"
    part_names = ("loss of {}",)

    def ranges(self, content: Content) -> Ranges:
        """All epochs; all losses but those of runs that leave."""
        paths = [content.recording.panels[s.panel].runs[s.run].loss for s in content.series]
        epochs = (0.0, float(content.scene.epochs))
        every = np.concatenate([*paths, np.empty(0)])
        finite = every[np.isfinite(every)]
        if not finite.size:
            return epochs, (0.0, 1.0), False
        low, top = float(finite.min()), float(finite.max())
        start = max((float(path[0]) for path in paths if np.isfinite(path[0])), default=0.0)
        top = min(top, HIGHEST * start) if start > 0 else top
        if low <= 0:
            return epochs, with_margin(np.clip(finite, None, max(top, 0.0))), False
        top = max(top, low * 1.01)
        free = (top / low) ** MARGIN
        return epochs, (low / free, top * free), True

    def ticks(self, plot: CompanionBox) -> Callable[[int], Marks]:
        """Whole epochs."""
        low, high = plot.across
        return lambda most: [((v - low) / (high - low), compact(v)) for v in ticks(low, high, most) if v == int(v)]

    def area(self, context: Context) -> Stack:
        """A cursor at the epoch, and on it each run's curve with its point."""
        plot, theme = context.plot, context.theme
        stack: list[Overlay] = [EpochCursor(plot, theme.muted, max(1.0, 1.5 * context.layout.unit))]
        curves = [LossCurve(path, plot) for path in context.paths]
        unit = 0.8 * context.layout.unit
        runs = list(zip(curves, context.colors, plot.series, strict=True))
        for curve, color, series in reversed(runs):
            stack.append(Trail(curve, Pen((Layer(2.0 * unit, 0.0, color),), dashes=dashes(series.marker, 4.0 * unit))))
        for curve, color, series in runs:
            stack.append(Point(curve, Look(series.marker, 6.0 * unit, 1.6 * unit, 0, color, theme.plot, theme)))
        return Stack(plot.box, stack)
