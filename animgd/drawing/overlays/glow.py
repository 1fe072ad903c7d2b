"""The light around the point of a panel's only run, where the theme has one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import MAGNIFIED, Context, Overlay
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, disc
from animgd.graphics.theme import run_colors

RADIUS, STRENGTH = 17.0, 0.6  # units; at the centre


def overlays(context: Context) -> Iterator[Glow]:
    """The glow of the only run."""
    if context.theme.glow and len(context.paths) == 1:
        marker = context.markers[0]
        yield Glow(context, run_colors(context.theme, marker, True)[1] if marker else context.theme.glow)


class Glow(Overlay):
    """A disc that fades from its centre to its edge. It moves by whole pixels."""

    def __init__(self, context: Context, color: Color) -> None:
        self._track, self._radius, self._color = context.paths[0], RADIUS * context.stroke(), color
        self._now: tuple[Place, float] | None = None
        self._lens, self._opened = context.lens, context.lens.opened if context.lens else math.inf

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move to where the point is; none outside the window."""
        x, y = self._track.at(moment)
        radius = self._radius * (MAGNIFIED if moment >= self._opened else 1.0)
        now = ((round(x) + 0.5, round(y) + 0.5), radius) if self._track.inside(moment) else None
        if now == self._now:
            return
        before, self._now, self.stamps = self.stamps, now, []
        shape = disc(*now, self._track.box) if now else None
        if shape:
            part = np.clip(255 + shape.depth.reshape(shape.box.height, shape.box.width) / radius, 0, 255)
            hidden = self._lens.box.intersection(shape.box) if self._lens and moment >= self._opened else None
            if hidden:
                part[hidden.slices_in(shape.box)] = 0
            self.stamps = [(Mask(shape.box, part.astype(np.uint8)), self._color, STRENGTH)]
        yield from (stamp.box for stamp, *_ in (*before, *self.stamps))
