"""Where the losses are on a panel's colour bar: a triangle beside it for each run."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Context, Overlay, Stack
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, polygon
from animgd.graphics.theme import run_colors

SMALLEST = 400  # pixels: smaller frames have no room for it
LONG, HIGH, RIM = 8.0, 10.0, 1.0  # of a triangle. Units: 720ths of the frame's shorter side
LONGER, HIGHER, MOST_LEVELS, NEAR = 1.3, 1.5, 2, 4.0  # of one below others that are so near
GAP = 11.0  # between a panel and its colour bar
FINE = 4  # they stand at quarter pixels


def cursors(contexts: Sequence[Context]) -> Iterator[Stack]:
    """The areas beside the colour bars; where several runs have one bar, only if all differ in colour."""
    bars: dict[Box, list[Context]] = {}
    for context in contexts:
        if context.paths and context.place.scale and min(context.layout.size) >= SMALLEST:
            bars.setdefault(context.place.bar, []).append(context)
    for bar, sharing in bars.items():
        unit = sharing[0].layout.unit
        runs = [(context, run) for context in sharing for run in range(len(context.paths))]
        colors = {run_colors(context.theme, context.markers[run], True)[1] for context, run in runs}
        if len(colors) < len(runs):
            continue
        # Larger ones are flatter at the bar's ends: above it, numbers are near.
        above, below = (math.ceil((high / 2 + RIM) * unit + 0.5) for high in (HIGH, HIGH * HIGHER))
        left = max(max(context.box.right for context in sharing) + 3, bar.left - math.ceil(GAP * unit))
        box = Box(left, bar.top - above, bar.left - 1, bar.bottom + below)
        found: list[Cursor] = []
        for context, run in runs:
            found.append(Cursor(context, run, box, tuple(found)))
        yield Stack(box, list(reversed(found)))


class Cursor(Overlay):
    """The triangle of one run; none while the run is outside the window."""

    def __init__(self, context: Context, run: int, box: Box, above: Sequence[Cursor] = ()) -> None:
        """`above` are those drawn later; where one is near, this one is larger."""
        self._above = above
        path, scale, bar = context.recorded.runs[run], context.place.scale, context.place.bar
        assert scale is not None
        with np.errstate(all="ignore"):
            heights = context.recorded.heights(run)[: path.last + 1]
            part = np.nan_to_num(scale.unit(heights), nan=1.0)
        # A model's loss, beside the plane, may be one that the map does not have.
        self._beyond = (heights > scale.high) | (heights < scale.low) & (not scale.cut)
        self._beyond &= context.recorded.plane is not None
        self._y, self._box, self._unit = bar.bottom - part * bar.height, box, context.layout.unit
        self._path, self._track = path, context.paths[run]
        self._end = math.inf if path.diverged_at is None else path.diverged_at
        self._dark = context.theme.dark if len(context.paths) > 1 or context.layout.marked else None
        self._color: Color = run_colors(context.theme, context.markers[run], True)[1]
        self._steps: list[int] = []  # of this run and of those above
        self._now: tuple[float, int] | None = (math.nan, 0)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand at the loss after the last step."""
        steps = [cursor._path.step(moment) for cursor in (self, *self._above)]
        if steps == self._steps:
            return
        self._steps, step = steps, steps[0]
        shown = step < self._end and self._track.inside(self._track.moment(step))
        shown = shown and not self._beyond[min(step, len(self._beyond) - 1)]
        now = (self._at(moment), self._level(moment)) if shown else None
        if now == self._now:
            return
        before, self._now = self.stamps, now
        self.stamps = list(self._drawn(*now)) if now else []
        yield from (stamp.box for stamp, *_ in (*before[:1], *self.stamps[:1]))  # the first is the largest

    def _at(self, moment: Fraction) -> float:
        return round(float(self._y[min(self._path.step(moment), len(self._y) - 1)]) * FINE) / FINE

    def _level(self, moment: Fraction) -> int:
        """How many cursors would hide this one."""
        here = self._at(moment)
        return min(MOST_LEVELS, sum(abs(here - other._at(moment)) < NEAR * self._unit for other in self._above))

    def _drawn(self, y: float, level: int) -> Iterator[tuple[Mask, Color]]:
        unit, tip = self._unit, self._box.right
        long, half = LONG * LONGER**level * unit, HIGH / 2 * HIGHER**level * unit
        long = min(long, tip - self._box.left - RIM * unit)
        half = min(half, y - self._box.top - RIM * unit, self._box.bottom - y - RIM * unit)
        rim, core = (
            mask.moved(tip, math.floor(y)).within(self._box) for mask in _triangle(long, half, y % 1, RIM * unit)
        )
        if rim and self._dark:
            yield rim, self._dark
        if core:
            yield core, self._color


@functools.lru_cache(maxsize=64)
def _triangle(long: float, half: float, y: float, rim: float) -> tuple[Mask, Mask]:
    """A triangle whose tip is in the pixel (0, 0), with and without its rim: it stands at few places in a pixel."""
    room = Box(-math.ceil(long + rim) - 1, -math.ceil(half + rim) - 2, 0, math.ceil(half + rim) + 2)
    shape = polygon([(-long, y - half), (0.0, y), (-long, y + half)], rim, room)
    assert shape is not None
    return shape.grown(rim), shape.grown(0.0)
