"""What moves in a close-up: its opening, the parts that grow, then the point and its trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.anatomy.names import Names
from animgd.drawing.overlays.anatomy.parts import BUILT, OPENS, Part, Plan, parts
from animgd.drawing.overlays.anatomy.picture import picture
from animgd.drawing.overlays.anatomy.place import Near
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.point import points
from animgd.drawing.overlays.small_map.picture import rims
from animgd.drawing.overlays.trail import trails
from animgd.drawing.timeline import STAND
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, Sprite
from animgd.graphics.raster import Mask

LARGER = 1.15, 1.25  # the trail and the point, than on the map
OPENING = 12  # steps in which the frame grows from the footprint to the inset


class CloseUps(Overlay):
    """The close-ups of a panel, one after the other."""

    def __init__(self, context: Context, found: list[Near]) -> None:
        self._found, self._context = {near.epoch: near for near in found}, context
        self._stands = context.scene.video.pace != "linear"
        self._shown: _CloseUp | None = None
        self._frame: Box | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Open, build and close; a frame grows from the footprint while the close-up opens."""
        epoch = moment.numerator // moment.denominator
        near, rest = self._found.get(epoch), moment - epoch
        time = float(min(Fraction(1), rest / STAND)) if self._stands else 1.0
        opening = int(time * BUILT / OPENS * OPENING) if near and time * BUILT < OPENS else None
        yield from self._framed(
            None if near is None or opening is None else _between(near.footprint, near.box, opening)
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
        """Show the outline of a box."""
        if frame == self._frame:
            return
        before, self._frame = self.stamps, frame
        self.stamps = list(_outline(frame, self._context)) if frame else []
        yield from (stamp.box for stamp, *_ in (*before, *self.stamps))

    def paint(self, box: Box, planes: Planes) -> None:
        """The close-up, or its outline."""
        shared = box.intersection(self._shown.box) if self._shown else None
        if self._shown and shared:
            self._shown.paint(shared, planes[:, *shared.slices_in(box)])
        super().paint(box, planes)


def _between(small: Box, large: Box, step: int) -> Box:
    part = 1 - (1 - step / OPENING) ** 2
    return Box(*(round(a + part * (b - a)) for a, b in zip(small, large, strict=True)))


def _outline(box: Box, context: Context) -> Iterator[tuple[Mask, Color]]:
    """A white line between two dark ones around a box."""
    dark, white = rims(context.layout.unit)
    for inset, width, color in ((0, 2 * dark + white, context.theme.dark), (dark, white, context.theme.mark)):
        left, top, right, bottom = box.left + inset, box.top + inset, box.right - inset, box.bottom - inset
        for side in (
            Box(left, top, right, top + width), Box(left, bottom - width, right, bottom),
            Box(left, top, left + width, bottom), Box(right - width, top, right, bottom),
        ):  # fmt: skip
            shared = side.intersection(context.box) if side.left < side.right and side.top < side.bottom else None
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
