"""The names of a step's parts: along their shafts, where they cover least."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.anatomy import shapes
from animgd.drawing.overlays.anatomy.parts import BUILT, Part, Plan, Span, covered
from animgd.drawing.overlays.anatomy.shapes import Stamp
from animgd.drawing.overlays.marks import grown
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, segment
from animgd.graphics.text import mask

NAME, LEAST_NAME = 18.0, 11  # the size of names; at least so many pixels
HALO, DARK_HALO = 2.6, 1.6  # around a name in its arrow's colour, and around the others
GAPS, CLEAR = (11.0, 17.0, 26.0), 4.0  # from a shaft to its name's box, and around what a name keeps clear of
EDGE = 5.0  # from the inset's edge
TEXTBOOK = ("the textbook’s", "next iterate")
LEADERS = (34.0, 50.0, 70.0)  # from the ring to where its name begins
COVERED = 40.0  # a name that would cover more than so many hundredths of its box of something important is left out
# Units: 720ths of the frame's shorter side.


class Text(NamedTuple):
    """Lines of letters around (0, 0), the middle of their box."""

    letters: list[Mask]
    size: tuple[int, int]

    def box(self, middle: Place) -> Box:
        """The box around them, if their middle is there."""
        left, top = round(middle[0] - self.size[0] / 2), round(middle[1] - self.size[1] / 2)
        return Box(left, top, left + self.size[0], top + self.size[1])


class Names:
    """Finds places for the names of a plan, one after the other."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._context, self._unit = plan, plan.near.context, plan.near.unit
        box = self._context.box
        self._taken = np.zeros((box.height, box.width), np.float32)
        for a, b, weight in covered(plan):
            radius = (9.0 if a == b else CLEAR) * self._unit
            for shape in segment(a, b, radius, box):
                self._take(shape.box, (shape.grown(radius).coverage > 0) * np.float32(weight))

    def parts(self) -> Iterator[Part]:
        """The names, each from the time on at which what it names is there."""
        plan, theme, times = self._plan, self._context.theme, self._plan.times
        for span, when in zip((*plan.terms, plan.whole), (*times[: len(plan.terms)], times[-1]), strict=True):
            colors = (getattr(theme, span.name), theme.arrow_casing) if span != plan.whole else None
            long = math.dist(span.tail, span.tip)
            if long >= 2 * shapes.LEAST * self._unit:
                yield from self._named(self._text([span.name], True), _along(span, self._unit), when[1], colors)
        small = self._text(["next point"], False)
        yield from self._named(small, _around(plan.end, (15.0 * self._unit,)), times[-1][0], None)
        if plan.joint:
            distances = [distance * self._unit for distance in LEADERS]
            yield from self._named(
                self._text(TEXTBOOK, False), _around(plan.joint, distances), plan.joined, None, plan.joint
            )

    def _text(self, lines: Sequence[str], bold: bool) -> Text:
        face, tick = self._context.layout.face, self._context.layout.tick
        size = max(LEAST_NAME, round(NAME * self._context.layout.unit)) if bold else tick
        drawn = [mask(line, size, bold, face) for line in lines]
        wide = max(each.box.width for each in drawn)
        top = min(each.box.top for each in drawn)
        lead = round(1.15 * size)
        letters = [
            each.moved((wide - each.box.width) // 2 - each.box.left, k * lead - top) for k, each in enumerate(drawn)
        ]
        return Text(letters, (wide, max(each.box.bottom for each in letters)))

    def _named(
        self, text: Text, places: Iterator[tuple[float, float, float]], when: float, colors: tuple[Color, Color] | None,
        leads_to: Place | None = None,
    ) -> Iterator[Part]:  # fmt: skip
        """A name where it covers least, with a line to what it names; none if there is no free place."""
        found = [(self._cost(box, leads_to), k, box) for k, box in enumerate(self._boxes(text, places))]
        cost, _, box = min(found, default=(math.inf, 0, self._context.box))
        if cost > COVERED:
            return
        self._take(box, np.float32(30.0))
        halo = HALO if colors else DARK_HALO
        colors = colors or self._context.lettering(box)
        stamps: list[Stamp] = self._leader(box, leads_to, colors) if leads_to else []
        placed = [letters.moved(box.left, box.top) for letters in text.letters]
        stamps += [(grown(letters, max(1, round(halo * self._unit))), colors[1], 0.9) for letters in placed]
        stamps += [(letters, colors[0], 1.0) for letters in placed]
        yield Part(when / BUILT, when / BUILT, lambda part: stamps)

    def _boxes(self, text: Text, places: Iterator[tuple[float, float, float]]) -> Iterator[Box]:
        """The boxes of a text beside places: (x, y, angle of the way from the place to the text)."""
        wide, tall = text.size
        for x, y, angle in places:
            right, down = math.cos(angle), math.sin(angle)
            away = wide / 2 * abs(right) + tall / 2 * abs(down)
            yield text.box((x + away * right, y + away * down))

    def _cost(self, box: Box, leads_to: Place | None) -> float:
        """What a name would cover there, in hundredths of its box; inf outside the inset."""
        edge, room = round(EDGE * self._unit), self._context.box
        if not Box(room.left + edge, room.top + edge, room.right - edge, room.bottom - edge).holds(box):
            return math.inf
        cost = 100 * float(self._taken[box.slices_in(room)].mean())
        if leads_to:
            a, b = _leading(box, leads_to, self._unit)
            along = [shapes.towards(a, b, part) for part in np.linspace(0, 1, 20)]
            rows = [(int(y) - room.top, int(x) - room.left) for x, y in along]
            inside = [
                self._taken[row, column] for row, column in rows if 0 <= row < room.height and 0 <= column < room.width
            ]
            cost += 0.2 * float(np.sum(inside))
        return cost

    def _leader(self, box: Box, leads_to: Place, colors: tuple[Color, Color]) -> list[Stamp]:
        a, b = _leading(box, leads_to, self._unit)
        dark = shapes.line(a, b, 1.6 * self._unit, colors[1], 0.5, self._context.box)
        return dark + shapes.line(a, b, 0.6 * self._unit, colors[0], 1.0, self._context.box)

    def _take(self, box: Box, weight: NDArray[np.float32] | np.float32) -> None:
        part = self._taken[box.slices_in(self._context.box)]
        np.maximum(part, weight, out=part)


def _along(span: Span, unit: float) -> Iterator[tuple[float, float, float]]:
    """Places beside a shaft, and beyond its tip; the nearest first."""
    angle = math.atan2(span.tip[1] - span.tail[1], span.tip[0] - span.tail[0])
    for gap in GAPS:
        far = gap * unit
        for part in (0.5, 0.4, 0.6, 0.3, 0.7, 0.85, 1.0):
            x, y = shapes.towards(span.tail, span.tip, part)
            for turn in (angle - math.pi / 2, angle + math.pi / 2):
                yield x + far * math.cos(turn), y + far * math.sin(turn), turn
        for turn in (angle, angle - 0.6, angle + 0.6):
            yield span.tip[0] + far * math.cos(turn), span.tip[1] + far * math.sin(turn), turn


def _around(place: Place, distances: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """Places around one, the nearest first."""
    for distance in distances:
        for k in (6, 7, 5, 4, 0, 2, 1, 3):
            angle = k * math.pi / 4
            yield place[0] + distance * math.cos(angle), place[1] + distance * math.sin(angle), angle


def _leading(box: Box, place: Place, unit: float) -> tuple[Place, Place]:
    """The ends of the line from a name's box to the ring that it names."""
    x, y = min(max(place[0], box.left), box.right), min(max(place[1], box.top), box.bottom)
    long = math.dist((x, y), place) or 1.0
    return (
        shapes.towards((x, y), place, min(1.0, 3 * unit / long)),
        shapes.towards((x, y), place, max(0.0, 1 - 9 * unit / long)),
    )
