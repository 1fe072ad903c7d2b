"""The names of a step's parts. Each stands beside its part, clear of the others; without room, a leader joins them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from animgd.drawing.overlays.anatomy import shapes
from animgd.drawing.overlays.anatomy.parts import BUILT, Part, Plan, Span, angle, covered
from animgd.drawing.overlays.anatomy.picture import note
from animgd.drawing.overlays.anatomy.shapes import Stamp
from animgd.drawing.overlays.inset.frame import shrunk
from animgd.drawing.overlays.leader import nearest
from animgd.drawing.overlays.marks import grown
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, segment
from animgd.graphics.text import mask

NAME, LEAST_NAME = 18.0, 11  # the size of names; at least so many pixels
HALO, DARK_HALO = 2.6, 1.6  # around a name in its arrow's colour, and around the others
AIR = 4.0  # between the halos of two names
PARTS = 0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.9, 1.0  # of an arrow, where its name may stand
GAPS, CLEAR = (8.0, 12.0, 17.0), 4.0  # from a shaft to its name's box, and around what a name keeps clear of
OFF = 12.0  # from a point's centre to its name
EDGE = 5.0  # from the inset's edge
TEXTBOOK = ("the textbook’s", "next iterate")
LEADERS = (30.0, 45.0, 65.0, 90.0)  # from what is named to where a name on a leader begins
ENDS = 3.0, 9.0, 5.0  # of a leader, from its name, from a point's centre, and from the middle of a shaft
COVERED = 40.0  # a place where a name would cover more than so many hundredths of its box of something important
NEARER = 1.7  # a name is so many times as near to what it names as to anything else
STRANGE, LED, CROSSED = 60.0, 22.0, 0.15  # what it costs to be near something else, to need a leader, and to cross
FAR, OVER, LOST = 30.0, 50.0, 200.0  # an arrow's whole length from its middle, a leader over an arrow, and no name
SLANTING = 25.0  # degrees: a leader does not run along the arrow that it names
# Units: 720ths of the frame's shorter side.
ALONG = np.linspace(0, 1, 21)  # where an arrow is measured


class Text(NamedTuple):
    """Lines of letters around (0, 0), the middle of their box, and the width of their halo."""

    letters: list[Mask]
    size: tuple[int, int]
    halo: int

    def box(self, middle: Place) -> Box:
        """The box around them, if their middle is there."""
        left, top = round(middle[0] - self.size[0] / 2), round(middle[1] - self.size[1] / 2)
        return Box(left, top, left + self.size[0], top + self.size[1])


class Name(NamedTuple):
    """A text, what it names (an arrow, or a point of no length), from when on, and in which colours if not in ink."""

    text: Text
    span: Span
    when: float
    colors: tuple[Color, Color] | None = None

    @property
    def point(self) -> bool:
        """Whether it names a point."""
        return self.span.tail == self.span.tip


class Found(NamedTuple):
    """A place for a name: what it costs, and its leader's ends if it has one."""

    cost: float
    box: Box
    leader: tuple[Place, Place] | None = None


class Names:
    """Finds places for the names of a plan, one after the other."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._context, self._unit = plan, plan.near.context, plan.near.unit
        box = self._context.box
        self._taken = np.zeros((box.height, box.width), np.float32)
        for a, b, weight in covered(plan):
            radius = (9.0 if a == b else CLEAR) * self._unit
            for shape in segment(a, b, radius, box):
                part = self._taken[shape.box.slices_in(box)]
                np.maximum(part, (shape.grown(radius).coverage > 0) * np.float32(weight), out=part)
        self._arrows = [*plan.terms, *([] if plan.alone else [plan.whole])]
        self._note = note(plan.near)
        self._words, self._leaders = list[Box](), list[tuple[Place, Place]]()

    def parts(self) -> Iterator[Part]:
        """The note and the names, each from the time on at which what it names is there."""
        if self._note:
            halo = max(1, round(DARK_HALO * self._unit))
            yield _there(0, _written([self._note], self._context.lettering(self._note.box), halo))
        ring, arrows, point = self._all()
        short = sorted(arrows, key=lambda name: math.dist(*name.span[1:]))  # a short arrow has few places
        orders = [*ring, *arrows, *point], [*short, *ring, *point], [*point, *ring, *short]
        tried = [(order, self._arranged(order)) for order in orders]
        order, places = min(tried, key=lambda each: sum(place.cost if place else LOST for place in each[1]))
        for name, place in zip(order, places, strict=True):
            if place:
                yield _there(name.when, self._drawn(name, place))

    def _all(self) -> tuple[list[Name], list[Name], list[Name]]:
        """The names of the textbook's iterate, of the arrows, and of the next point."""
        plan, theme, times = self._plan, self._context.theme, self._plan.times
        arrows = []
        for span, when in zip(plan.terms, times, strict=False):
            text = f"{span.name} = {plan.whole.name}" if plan.alone else span.name
            arrows.append(
                Name(self._text([text], True), span, when[1], (getattr(theme, span.name), theme.arrow_casing))
            )
        if not plan.alone:
            arrows.append(Name(self._text([plan.whole.name], True), plan.whole, times[-1][1]))
        arrows = [name for name in arrows if math.dist(*name.span[1:]) >= shapes.LEAST * self._unit]
        ring = [Name(self._text(TEXTBOOK, False), Span("", plan.joint, plan.joint), plan.joined)] if plan.joint else []
        return ring, arrows, [Name(self._text(["next point"], False), Span("", plan.end, plan.end), times[-1][0])]

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
        halo = max(1, round((HALO if bold else DARK_HALO) * self._unit))
        return Text(letters, (wide, max(each.box.bottom for each in letters)), halo)

    def _arranged(self, names: list[Name]) -> list[Found | None]:
        """The best place for each name, one after the other; None where no place is free."""
        self._words, self._leaders = [self._note.box] if self._note else [], []
        found = []
        for name in names:
            best = min(self._places(name), key=lambda place: place.cost, default=None)
            found.append(best if best and best.cost < math.inf else None)
            if found[-1]:
                self._words.append(shrunk(found[-1].box, -name.text.halo))
                self._leaders += [found[-1].leader] if found[-1].leader else []
        return found

    def _drawn(self, name: Name, place: Found) -> list[Stamp]:
        """A name with its leader, in its colours or in those that can be read there."""
        colors, stamps = name.colors or self._context.lettering(place.box), list[Stamp]()
        if place.leader:
            for radius, color, strength in ((1.6, colors[1], 0.7), (0.7, colors[0], 1.0)):
                stamps += shapes.line(*place.leader, radius * self._unit, color, strength, self._context.box)
        letters = [each.moved(place.box.left, place.box.top) for each in name.text.letters]
        return stamps + _written(letters, colors, name.text.halo)

    def _places(self, name: Name) -> Iterator[Found]:
        """The places beside an arrow or around a point, and those of leaders, if they may be better."""
        text, span, least = name.text, name.span, math.inf
        beside = _around(text, span.tip, (OFF * self._unit,)) if name.point else _along(text, span, self._unit)
        for box, far in beside:
            cost = far + self._cost(box, text.halo)
            if cost < least:
                cost += self._strange(box, name)
                least = min(least, cost)
                yield Found(cost, box)
        if least <= LED:
            return
        for part in PARTS[:1] if name.point else PARTS[:5]:
            place = shapes.towards(span.tail, span.tip, part)
            for box, _ in _around(text, place, [far * self._unit for far in LEADERS]):
                ends = _leading(box, place, self._unit, ENDS[1] if name.point else ENDS[2])
                cost = LED + math.dist(*ends) / self._unit / 5
                if cost < least and (name.point or not _slanting(Span("", *ends), span)):
                    cost += self._cost(box, text.halo)
                    if cost < least:
                        cost += self._crossed(*ends, span)
                        least = min(least, cost)
                        yield Found(cost, box, ends)

    def _cost(self, box: Box, halo: int) -> float:
        """What a name would cover there, in hundredths of its box; inf outside the inset, and on words and leaders."""
        room, around = self._context.box, shrunk(box, -halo - round(AIR * self._unit))
        if not shrunk(room, round(EDGE * self._unit)).holds(box) or any(map(around.intersection, self._words)):
            return math.inf
        if any(_passes(a, b, around) for a, b in self._leaders):
            return math.inf
        return _allowed(100 * float(self._taken[box.slices_in(room)].mean()))

    def _strange(self, box: Box, name: Name) -> float:
        """What it costs to stand nearer to something else than to what is named."""
        plan, own = self._plan, name.span
        arrows = [span for span in self._arrows if span != own]
        if name.point:
            arrows = [span for span in arrows if min(math.dist(own.tip, end) for end in span[1:]) > 1]
        points = [Span("", place, place) for place in (plan.start, plan.end, plan.joint) if place and place != own.tip]
        near = max(_off(box, own), GAPS[0] * self._unit) * NEARER
        return _allowed(STRANGE * sum(max(0.0, 1 - _off(box, other) / near) for other in (*arrows, *points)))

    def _crossed(self, a: Place, b: Place, own: Span) -> float:
        """What a leader passes over; inf if that is a word or another leader."""
        if any(_passes(a, b, word) for word in self._words) or any(_cross(a, b, *line) for line in self._leaders):
            return math.inf
        over = OVER * sum(_cross(a, b, *span[1:]) for span in self._arrows if span != own)
        room, places = self._context.box, [shapes.towards(a, b, part) for part in np.linspace(0, 1, 30)]
        found = [self._taken[int(y) - room.top, int(x) - room.left] for x, y in places if _inside(x, y, room)]
        return over + _allowed(CROSSED * float(np.sum(found)))


def _written(letters: list[Mask], colors: tuple[Color, Color], halo: int) -> list[Stamp]:
    """Letters over their halos."""
    around = [(grown(each, halo), colors[1], 0.9) for each in letters]
    return around + [(each, colors[0], 1.0) for each in letters]


def _there(when: float, stamps: list[Stamp]) -> Part:
    """Something that is there from a time on. Units: seconds."""
    return Part(when / BUILT, when / BUILT, lambda part: stamps)


def _allowed(cost: float) -> float:
    return cost if cost <= COVERED else math.inf


def _along(text: Text, span: Span, unit: float) -> Iterator[tuple[Box, float]]:
    """The boxes of a text beside a shaft, the nearest first, and what it costs to be far from its middle."""
    long = math.dist(span.tail, span.tip)
    right, down = (span.tip[1] - span.tail[1]) / long, (span.tail[0] - span.tip[0]) / long
    half = text.size[0] / 2 * abs(right) + text.size[1] / 2 * abs(down)
    for gap in GAPS:
        for part in PARTS:
            for away in (half + gap * unit, -half - gap * unit):
                place = shapes.moved(shapes.towards(span.tail, span.tip, part), (away * right, away * down))
                yield text.box(place), FAR * abs(part - 0.5)


def _around(text: Text, place: Place, distances: Sequence[float]) -> Iterator[tuple[Box, float]]:
    """The boxes of a text around a place, the nearest first."""
    for distance in distances:
        for k in range(16):
            turn = 1.5 * math.pi + (k + 1) // 2 * math.pi / 8 * (1 if k % 2 else -1)
            right, down = math.cos(turn), math.sin(turn)
            half = min(size / 2 / max(abs(way), 1e-9) for size, way in zip(text.size, (right, down), strict=True))
            yield text.box(shapes.moved(place, ((distance + half) * right, (distance + half) * down))), 0.0


def _leading(box: Box, place: Place, unit: float, off: float) -> tuple[Place, Place]:
    """The ends of the line from a name's box to what it names, which it does not touch."""
    start = nearest(box, place)
    long = math.dist(start, place) or 1.0
    return (
        shapes.towards(start, place, min(1.0, ENDS[0] * unit / long)),
        shapes.towards(start, place, max(0.0, 1 - off * unit / long)),
    )


def _off(box: Box, span: Span) -> float:
    """How far a box is from an arrow or a point."""
    x, y = (a + ALONG * (b - a) for a, b in zip(span.tail, span.tip, strict=True))
    across, down = x - np.clip(x, box.left, box.right), y - np.clip(y, box.top, box.bottom)
    return math.sqrt(float((across * across + down * down).min()))


def _slanting(one: Span, other: Span) -> bool:
    """Whether two lines have almost one direction, or opposite ones."""
    between = angle(one, other)
    return min(between, 180 - between) < SLANTING


def _passes(a: Place, b: Place, box: Box) -> bool:
    """Whether a line passes through a box."""
    x, y = (start + ALONG * (end - start) for start, end in zip(a, b, strict=True))
    return bool(((box.left <= x) & (x < box.right) & (box.top <= y) & (y < box.bottom)).any())


def _inside(x: float, y: float, box: Box) -> bool:
    return box.left <= x < box.right and box.top <= y < box.bottom


def _cross(a: Place, b: Place, c: Place, d: Place) -> bool:
    """Whether two lines cross."""

    def side(p: Place, q: Place, r: Place) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
