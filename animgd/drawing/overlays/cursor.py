"""Where the losses are on a panel's colour bar: a triangle beside it for each run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Context, Overlay, Stack
from animgd.drawing.screen_path import last
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, polygon
from animgd.graphics.theme import run_colors

SMALLEST = 400  # pixels: smaller frames have no room for it
LONG, HIGH, RIM = 8.0, 10.0, 1.0  # of a triangle. Units: 720ths of the frame's shorter side
FINE = 4  # they stand at quarter pixels


def cursors(context: Context) -> Iterator[Stack]:
    """The area beside the colour bar of a panel, if it has runs and room."""
    bar, unit, scale = context.place.bar, context.layout.unit, context.place.scale
    if not context.paths or scale is None or min(context.layout.size) < SMALLEST:
        return
    reach = math.ceil((HIGH / 2 + RIM) * unit + 0.5)
    box = Box(max(context.box.right + 1, bar.left - math.ceil((LONG + RIM) * unit) - 2), bar.top - reach,
              bar.left - 1, bar.bottom + reach)  # fmt: skip
    yield Stack(box, [Cursor(context, run, box) for run in reversed(range(len(context.paths)))])


class Cursor(Overlay):
    """The triangle of one run; none while the run is outside the window."""

    def __init__(self, context: Context, run: int, box: Box) -> None:
        path, scale = context.recorded.runs[run], context.place.scale
        assert scale is not None
        with np.errstate(all="ignore"):
            part = np.nan_to_num(scale.unit(path.loss[: last(path) + 1]), nan=1.0)
        bar = context.place.bar
        self._y, self._box, self._unit = bar.bottom - part * bar.height, box, context.layout.unit
        self._track, self._end = context.paths[run], math.inf if path.diverged_at is None else path.diverged_at
        self._dark = context.theme.dark if len(context.paths) > 1 or context.layout.marked else None
        self._color: Color = run_colors(context.theme, context.markers[run], True)[1]
        self._now = math.nan

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the loss of the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        shown = epoch < self._end and self._track.inside(Fraction(epoch))
        now = round(float(self._y[min(epoch, len(self._y) - 1)]) * FINE) / FINE if shown else math.inf
        if now == self._now:
            return
        before, self._now = self.stamps, now
        self.stamps = list(self._drawn(now)) if shown else []
        yield from (stamp.box for stamp, *_ in (*before[:1], *self.stamps[:1]))  # the first is the largest

    def _drawn(self, y: float) -> Iterator[tuple[Mask, Color]]:
        unit, tip = self._unit, self._box.right
        left, half = tip - LONG * unit, HIGH / 2 * unit
        shape = polygon([(left, y - half), (tip, y), (left, y + half)], RIM * unit, self._box)
        if shape and self._dark:
            yield shape.grown(RIM * unit), self._dark
        if shape:
            yield shape.grown(0.0), self._color
