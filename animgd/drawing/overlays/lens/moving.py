"""The lens as it opens: its frame grows from its place on the map, then its content is there."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import Context, LensPlace, Overlay
from animgd.drawing.overlays.inset.frame import FRAME, rims, shrunk, square
from animgd.drawing.overlays.lens.content import Content
from animgd.drawing.overlays.lens.place import tangents
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, Sprite, blend
from animgd.graphics.raster import Mask, joined, segment

LINES = ((1.3, 0.35), (0.6, 0.75))  # half the width of a line to the lens, and its strength: dark, white
# Units: 720ths of the frame's shorter side.


class Lens(Overlay):
    """The lens of a panel's only run. It lies below all else, so that it covers neither the path nor a mark."""

    def __init__(self, context: Context, place: LensPlace) -> None:
        self._context, self._place = context, place
        self._square = Sprite.of([(*stamp, 1.0) for stamp in square(context, place.footprint)])
        self._lines: list[tuple[Mask, Color, float]] = []
        self._content: Content | None = None
        self._stage = 0  # frames that it has opened for

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Open frame by frame, then move on what is seen in it."""
        place, before = self._place, self._stage
        if self._content:
            yield from self._content.step(moment)
            return
        self._stage = bisect.bisect_right(place.opening, moment)
        if moment >= place.opened:
            yield from (stamp[0].box for stamp in self.stamps)
            self.stamps, self._lines = (), list(lines_of(self._context, place))
            self._content = Content(self._context, place)
            for _ in self._content.step(moment):
                pass
            yield from (place.box, self._square.box, *(line[0].box for line in self._lines))
        elif self._stage != before:
            yield from (stamp[0].box for stamp in self.stamps)
            self.stamps = self._growing(self._stage / len(place.opening))
            yield from (self._square.box, *(stamp[0].box for stamp in self.stamps))

    def _growing(self, part: float) -> list[tuple[Mask, Color]]:
        """The frame on its way from the footprint to its place: fast at first."""
        dark, eased = rims(self._context.layout.unit)[0], 1 - (1 - part) ** 3
        sides = zip(self._place.footprint, shrunk(self._place.box, dark), strict=True)
        box = Box(*(round(start + eased * (end - start)) for start, end in sides))
        return list(square(self._context, box, FRAME))

    def paint(self, box: Box, planes: Planes) -> None:
        """The lines, the footprint, and the lens or its growing frame."""
        if not self._stage and not self._content:
            return
        for line in self._lines:
            blend(planes, box, *line)
        self._square.paint(box, planes)
        super().paint(box, planes)
        shared = box.intersection(self._place.box) if self._content else None
        if self._content and shared:
            self._content.paint(shared, planes[:, *shared.slices_in(box)])


def lines_of(context: Context, place: LensPlace) -> Iterator[tuple[Mask, Color, float]]:
    """The two outer tangents of footprint and lens, which end below the white lines of both."""
    unit, theme, (dark, white) = context.layout.unit, context.theme, rims(context.layout.unit)
    for a, b in tangents(shrunk(place.footprint, white // 2), shrunk(place.box, dark + white // 2)):
        for (radius, strength), color in zip(LINES, (theme.dark, theme.mark), strict=True):
            pieces = (shape.grown(radius * unit) for shape in segment(a, b, radius * unit, context.box))
            yield from ((mask, color, strength) for mask in joined(pieces))
