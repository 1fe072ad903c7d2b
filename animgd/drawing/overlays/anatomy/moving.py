"""What moves in a close-up: its opening, the parts that grow, then the point and its trail."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.anatomy.names import Names
from animgd.drawing.overlays.anatomy.parts import BUILT, OPENS, Part, Plan, parts
from animgd.drawing.overlays.anatomy.picture import picture
from animgd.drawing.overlays.anatomy.place import Near
from animgd.drawing.overlays.anatomy.times import Times
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.inset.frame import rims
from animgd.drawing.overlays.point import points
from animgd.drawing.overlays.trail import trails
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, Sprite
from animgd.graphics.raster import Mask

LARGER = 1.15, 1.25  # the trail and the point, than on the map
ARM = 26.0  # units: the lengths of a frame's corners while it opens
OPENING = 12  # steps in which they go from the footprint to the inset
LEAST = 40.0  # units: the corners of a smaller footprint would lie on the point


class CloseUps(Overlay):
    """The close-ups of a panel, one after the other."""

    def __init__(self, context: Context, found: list[Near], times: Times) -> None:
        self._found, self._context, self._times = {near.epoch: near for near in found}, context, times
        self._shown: _CloseUp | None = None
        self._frame: Box | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Open, build and close; while the close-up opens, its corners come from the footprint, but in the first frame,
        which a film may hold."""
        epoch, time = self._times.at(moment)
        near = self._found.get(epoch)
        opening = int(time * BUILT / OPENS * OPENING) if near and not self._times.opened(moment) else None
        yield from self._framed(
            _between(_around(near.footprint, near), near.box, opening) if near and opening else None
        )
        if near is None or opening is not None:
            if self._shown:
                yield self._shown.box
                self._shown = None
            return
        if self._shown is None or self._shown.epoch != epoch:
            if self._shown:
                yield self._shown.box
            self._shown = _CloseUp(near)
            for _ in self._shown.step(time, moment):
                pass
            yield self._shown.box
        else:
            yield from self._shown.step(time, moment)

    def _framed(self, frame: Box | None) -> Iterator[Box]:
        """Show the corners of a box."""
        if frame == self._frame:
            return
        before, self._frame = self.stamps, frame
        self.stamps = list(_corners(frame, self._context)) if frame else []
        yield from (stamp.box for stamp, *_ in (*before, *self.stamps))

    def paint(self, box: Box, planes: Planes) -> None:
        """The close-up, or its corners."""
        shared = box.intersection(self._shown.box) if self._shown else None
        if self._shown and shared:
            self._shown.paint(shared, planes[:, *shared.slices_in(box)])
        super().paint(box, planes)


def _around(box: Box, near: Near) -> Box:
    """A box that is not too small, around the middle of another."""
    least = round(LEAST * near.unit)
    x, y = max(0, least - box.width) // 2, max(0, least - box.height) // 2
    return Box(box.left - x, box.top - y, box.right + x, box.bottom + y)


def _between(small: Box, large: Box, step: int) -> Box:
    part = 1 - (1 - step / OPENING) ** 2
    return Box(*(round(a + part * (b - a)) for a, b in zip(small, large, strict=True)))


def _corners(box: Box, context: Context) -> Iterator[tuple[Mask, Color]]:
    """The corners of a box, as white lines on dark ones: a whole frame would change a whole panel in every frame."""
    dark, white = rims(context.layout.unit)
    arm = min(round(ARM * context.stroke()), box.shorter // 3)
    for inset, thick, color in ((0, 2 * dark + white, context.theme.dark), (dark, white, context.theme.mark)):
        long = arm - 2 * inset
        across = (box.left + inset, 1), (box.right - inset, -1)
        upright = (box.top + inset, 1), (box.bottom - inset, -1)
        for (x, right), (y, down) in itertools.product(across, upright):
            for wide, tall in ((long, thick), (thick, long)):
                (x1, x2), (y1, y2) = sorted((x, x + right * wide)), sorted((y, y + down * tall))
                shared = Box(x1, y1, x2, y2).intersection(context.box)
                if shared:
                    yield Mask.even(shared), color


class _CloseUp:
    """One open close-up."""

    def __init__(self, near: Near) -> None:
        self.epoch, self.box, self._map = near.epoch, near.box, near.context.box
        plan = Plan(near)
        self._picture = picture(near, plan)
        self._parts: list[Part] = [*parts(plan), *Names(plan).parts()]
        self._grown = [0.0] * len(self._parts)
        self._sprites: list[Sprite | None] = [None] * len(self._parts)
        (self._trail,) = trails(near.context, LARGER[0] * near.unit, beads=True)
        (self._point,) = points(near.context, LARGER[1] * near.unit)

    def step(self, time: float, moment: Fraction) -> Iterator[Box]:
        """Let all parts be as large as they are at a time, and the point go on."""
        yield from self._trail.step(moment)
        for k, part in enumerate(self._parts):
            grown = part.grown(time)
            if grown != self._grown[k]:
                before, stamps = self._sprites[k], part.draw(grown)
                self._grown[k], self._sprites[k] = grown, Sprite.of(stamps) if stamps else None
                yield from (sprite.box for sprite in (before, self._sprites[k]) if sprite)
        yield from self._point.step(moment)

    def paint(self, box: Box, planes: Planes) -> None:
        """The picture, and what moves on it. Shapes: `planes` is (3, height, width) of the box."""
        planes[:] = self._picture[:, *box.slices_in(self.box)]
        seen = box.intersection(self._map)
        if seen is None:
            return
        part = planes[:, *seen.slices_in(box)]
        self._trail.paint(seen, part)
        for sprite in self._sprites:
            if sprite:
                sprite.paint(seen, part)
        self._point.paint(seen, part)
