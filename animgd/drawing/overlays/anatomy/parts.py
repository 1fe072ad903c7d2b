"""The parts of a step in a close-up, and when each of them grows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from animgd.drawing.overlays.anatomy import shapes
from animgd.drawing.overlays.anatomy.place import Near
from animgd.drawing.overlays.anatomy.shapes import Stamp
from animgd.frame import Box, Color
from animgd.graphics.raster import Dashes, Place, dashed
from animgd.graphics.theme import run_colors
from animgd.recording.model import Series
from animgd.recording.step_terms import GRADIENT

BUILT = 4.0  # seconds that a step takes to be put together, if the film has the time
OPENS, LOOK = 0.48, 0.2  # until the close-up is open, and until the first arrow
GROWS, PAUSE, MEET, SUM = 0.5, 0.2, 0.4, 0.45  # an arrow, after it, the dashed lines, the step
COLLINEAR, BACK = 12.0, 150.0  # degrees between arrows that lie on each other, and between one and the next that turns
LANE = 20.0  # between arrows that are set apart
SHORT = 28.0  # between the signs of points, a shorter arrow could not be seen
TANGENT, SQUARE = 64.0, 20.0  # half the length of the contour's tangent, and the sides of the right angle
SHORT_OF = 6.0  # the step's tip, from the next point's centre
RING = 8.0  # the radius of the ring around a textbook's iterate
AWAY = 8.5, 7.0  # an arrow's tail from the textbook's iterate, and its tip from the next point
NEXT = (5.6, 4.6, 2.6)  # radii of the next point
RIGHT = 0.02  # radians
# Units: 720ths of the frame's shorter side.


class Span(NamedTuple):
    """An arrow in a close-up. Units: pixels of the frame."""

    name: str
    tail: Place
    tip: Place


class Part(NamedTuple):
    """Something that grows in a span of the time in which the step is put together. Units: 0 to 1."""

    begins: float
    ends: float
    draw: Callable[[float], list[Stamp]]  # of the part of it that is there

    def grown(self, time: float) -> float:
        """How much of it is there."""
        if time >= self.ends or self.begins == self.ends:
            return float(time >= self.ends)
        return max(0.0, round(64 * (time - self.begins) / (self.ends - self.begins)) / 64)


class Plan:
    """Where everything that a step is put together from stands. Units: pixels.

    `terms` are drawn, and `whole`, the step; a step of one term is that term. Where they would lie on each other
    (`flat`), the terms are set apart from the step, head to tail, or the step from them; `links` lead from one to the
    other.
    """

    def __init__(self, near: Near) -> None:
        step, self.near, self._box = near.step, near, near.context.box
        self.start, self.end = self.place(step.start), self.place(step.end)
        chain = [Span(part.name, self.place(part.start), self.place(part.end)) for part in step.parts]
        self.joint = self.place(step.textbook[-1]) if step.textbook is not None else None
        fan = chain if self.joint else [Span(name, self.start, self._shifted(tail, tip)) for name, tail, tip in chain]
        self.whole, self.alone = Span("step", self.start, self.end), len(chain) == 1
        seen = [span for span in (self.whole, *fan) if _long(span) >= shapes.LEAST * near.unit]
        self.flat = not self.alone and any(angle(one, other) < COLLINEAR for one, other in combinations(seen, 2))
        self.terms = [Span(chain[0].name, *self.whole[1:])] if self.alone else fan
        self.links = list[tuple[Place, Place]]()
        self.apart = self.flat and not (self.joint and _clear(chain, SHORT * near.unit))
        if self.apart:
            self.terms = _beside(self.whole, chain, LANE * near.unit)
            ends = zip((self.start, *(span.tip for span in self.terms)), (*self.terms, None), strict=True)
            self.links = [(tip, self.end if span is None else span.tail) for tip, span in ends]
            self.links += [(self.terms[-1].tail, self.joint)] if self.joint else []
        elif self.flat:  # the joint of Nesterov's terms stays where it is
            (self.whole,) = _beside(self.whole, [self.whole], -_side(self.whole, chain) * LANE * near.unit)
            self.links = [(self.start, self.whole.tail), (self.whole.tip, self.end)]
        self.dashed = [] if self.flat or self.joint or self.alone else list(self._closing(fan, chain))

    def place(self, parameters: Series) -> Place:
        """Where parameters (weight, bias) are."""
        x, y = self.near.context.transform.to_pixels(float(parameters[1]), float(parameters[0]))
        return float(x), float(y)

    def _shifted(self, tail: Place, tip: Place) -> Place:
        return self.start[0] + tip[0] - tail[0], self.start[1] + tip[1] - tail[1]

    @staticmethod
    def _closing(fan: list[Span], chain: list[Span]) -> Iterator[Span]:
        """The dashed copies that lead from an arrow's tip, head to tail, to the next point."""
        yield from chain[1:]
        if len(chain) == 2:
            yield Span(fan[0].name, fan[1].tip, chain[1].tip)

    def clear(self, span: Span) -> tuple[Place, Place]:
        """The ends of an arrow that leads from the textbook's iterate to the next point, clear of both signs."""
        unit = self.near.unit
        if self.alone:
            return span.tail, _short_of(span.tail, span.tip, SHORT_OF * unit)
        if self.apart or not self.joint or span.tail != self.joint:
            return span.tail, span.tip
        return _short_of(span.tip, span.tail, AWAY[0] * unit), _short_of(span.tail, span.tip, AWAY[1] * unit)

    @property
    def tangent(self) -> tuple[Place, Place] | None:
        """The contour's direction and that across it, at the start; None where downhill is not straight across."""
        found = [span for span in self.terms if span.name in GRADIENT]
        path, epoch = self.near.context.recorded.runs[0], self.near.epoch
        weight, bias = path.gradient[epoch].tolist()
        right, up = self.near.context.transform.units
        slope = math.hypot(bias / right, weight / up)
        long = math.dist(*found[0][1:]) if found else 0.0
        if not (slope and long > SQUARE * 1.5 * self.near.unit) or self.apart:
            return None
        down = -bias / right / slope, weight / up / slope
        if found[0].name == "uphill":
            down = -down[0], -down[1]
        towards = (found[0].tip[0] - found[0].tail[0]) / long, (found[0].tip[1] - found[0].tail[1]) / long
        straight = down[0] * towards[0] + down[1] * towards[1] > math.cos(RIGHT)
        even = math.isclose(right, up, rel_tol=0.01)
        return ((-down[1], down[0]), down) if straight and even else None

    @property
    def times(self) -> list[tuple[float, float]]:
        """When each term grows, then the dashed lines, then the step. Units: seconds."""
        at, found = OPENS + LOOK, []
        for _ in self.terms:
            found.append((at, at + GROWS))
            at += GROWS + PAUSE
        meet = MEET if self.dashed else 0.0
        return [*found, (at, at + meet), (at + meet, at + meet + SUM)]

    @property
    def linked(self) -> list[float]:
        """When each of the links is there. Units: seconds."""
        if not self.apart:
            return [self.times[-1][0] for _ in self.links]
        begins = [begin for begin, _ in self.times[: len(self.terms)]]
        return [*begins, self.times[-1][1], *([self.joined] if self.joint else [])]

    @property
    def joined(self) -> float:
        """When the textbook's next iterate is reached: before the last term. Units: seconds."""
        return self.times[max(len(self.terms) - 2, 0)][1]


def _long(span: Span) -> float:
    return math.dist(span.tail, span.tip)


def angle(one: Span, other: Span) -> float:
    """The angle between the directions of two arrows. Units: degrees."""
    (a, b), (c, d) = ((span.tip[0] - span.tail[0], span.tip[1] - span.tail[1]) for span in (one, other))
    return math.degrees(abs(math.atan2(a * d - b * c, a * c + b * d)))


def _clear(chain: list[Span], least: float) -> bool:
    """Whether arrows head to tail can be told from each other: none is short, and none turns back."""
    return min(map(_long, chain)) >= least and not any(angle(*each) > BACK for each in pairwise(chain))


def _side(step: Span, chain: list[Span]) -> int:
    """The side of a step to which its terms bend: 1, that of `_across`, or -1."""
    right, down = _across(max((step, *chain), key=_long))
    bend = sum((span.tip[0] - step.tail[0]) * right + (span.tip[1] - step.tail[1]) * down for span in chain[:-1])
    return -1 if bend < -1 else 1


def _beside(step: Span, chain: list[Span], lane: float) -> list[Span]:
    """Arrows head to tail beside a step, on the side to which they bend; one that turns back lies further out."""
    right, down = _across(max((step, *chain), key=_long))
    side, found = _side(step, chain) * lane, list[Span]()
    for k, span in enumerate(chain):
        lanes = 1 + sum(angle(*each) > BACK for each in pairwise(chain[: k + 1]))
        by = lanes * side * right, lanes * side * down
        found.append(Span(span.name, shapes.moved(span.tail, by), shapes.moved(span.tip, by)))
    return found


def _across(span: Span) -> Place:
    """The direction across an arrow, upwards or to the left."""
    (a, b), long = span[1:], _long(span) or 1.0
    x, y = (b[1] - a[1]) / long, (a[0] - b[0]) / long
    return (x, y) if y < 0 or (y == 0 and x < 0) else (-x, -y)


def parts(plan: Plan) -> list[Part]:
    """All parts without their names, from below to above."""
    return [Part(begins / BUILT, ends / BUILT, draw) for (begins, ends), draw in _parts(plan)]


Drawing = tuple[tuple[float, float], Callable[[float], list[Stamp]]]


def _parts(plan: Plan) -> Iterator[Drawing]:
    near, times = plan.near, plan.times
    theme, unit, box = near.context.theme, near.unit, near.context.box
    order = [span.name for span in plan.terms]
    if plan.tangent:
        begins = times[next(i for i, name in enumerate(order) if name in GRADIENT)][0]
        stamps = _tangent(plan, *plan.tangent)
        yield (begins, begins), lambda part: stamps
    for span in plan.dashed:
        yield times[-2], _dashed(span, (getattr(theme, span.name), theme.arrow_casing), unit, box)
    if plan.joint and near.step.textbook is not None:
        last = Span("", *(_clear_of(plan.place(near.step.textbook[-2]), plan.joint, RING * unit)))
        yield (plan.joined, plan.joined), _dashed(last, (theme.mark, theme.dark), unit, box)
    for link, at in zip(plan.links, plan.linked, strict=True):
        if math.dist(*link) > 1:
            yield (at, at), _dashed(Span("", *link), (theme.mark, theme.dark), 0.7 * unit, box)
    if not plan.alone:
        step = plan.whole
        if step.tip == plan.end:
            step = step._replace(tip=_short_of(step.tail, step.tip, SHORT_OF * unit))
        yield times[-1], _growing(step, (theme.fresh, theme.casing), unit, box)
    for span, when in sorted(zip(plan.terms, times, strict=False), key=lambda each: -_long(each[0])):
        clear, paint = Span(span.name, *plan.clear(span)), (getattr(theme, span.name), theme.arrow_casing)
        if _long(clear) < shapes.TICK[0] * unit:
            stamps = shapes.tick(*clear[1:], paint, unit, box)
            yield (when[1], when[1]), partial(_whole, stamps)
        else:
            yield when, _growing(clear, paint, unit, box)
    if plan.joint:
        ghost = shapes.ring(plan.joint, (theme.mark, theme.dark), unit, box)
        yield (plan.joined, plan.joined), lambda part: ghost
    colors = (theme.dark, theme.ring, run_colors(theme, near.context.markers[0], near.context.labelled)[1])
    next_point = shapes.dot(plan.end, [radius * unit for radius in NEXT], colors, box)
    yield (times[-1][0], times[-1][0]), lambda part: next_point


def _whole(stamps: list[Stamp], part: float) -> list[Stamp]:
    return stamps


def _clear_of(a: Place, b: Place, by: float) -> tuple[Place, Place]:
    return _short_of(b, a, by), _short_of(a, b, by)


def _short_of(a: Place, b: Place, by: float) -> Place:
    """The position so far before the end of a way. Units: pixels."""
    long = math.dist(a, b)
    return shapes.towards(a, b, max(0.0, 1 - by / long)) if long else b


def _growing(span: Span, colors: tuple[Color, Color], unit: float, box: Box) -> Callable[[float], list[Stamp]]:
    return lambda part: shapes.arrow(span.tail, shapes.towards(span.tail, span.tip, part), colors, unit, box)


def _dashed(span: Span, colors: tuple[Color, Color], unit: float, box: Box) -> Callable[[float], list[Stamp]]:
    return lambda part: shapes.dashes(span.tail, shapes.towards(span.tail, span.tip, part), colors, unit, box)


def _tangent(plan: Plan, along: Place, down: Place) -> list[Stamp]:
    """The contour's tangent, dashed, and the right angle between it and downhill."""
    theme, unit, box = plan.near.context.theme, plan.near.unit, plan.near.context.box
    (x, y), half, side = plan.start, TANGENT * unit, SQUARE * unit
    a, b = ((x + sign * half * along[0], y + sign * half * along[1]) for sign in (-1, 1))
    near = x + side * along[0], y + side * along[1]
    far = near[0] + side * down[0], near[1] + side * down[1]
    corner = [near, far, (x + side * down[0], y + side * down[1])]
    found = shapes.line(a, b, 1.5 * unit, theme.mark, 0.55, box)
    pattern = Dashes(((0.0, 6.0 * unit),), 10.0 * unit)
    for start, end in dashed(a, b, 0.0, pattern, unit, box):
        found += shapes.line(start, end, 0.8 * unit, theme.dark, 1.0, box)
    for radius, color, strength in ((1.6, theme.mark, 0.6), (0.75, theme.dark, 1.0)):
        for one, other in pairwise(corner):
            found += shapes.line(one, other, radius * unit, color, strength, box)
    return found


def covered(plan: Plan) -> Iterator[tuple[Place, Place, float]]:
    """Lines that names keep clear of, and how much it matters."""
    for span in (*plan.terms, plan.whole):
        yield span.tail, span.tip, 20.0
        head = _short_of(span.tail, span.tip, shapes.HEAD[0] / 2 * plan.near.unit)
        yield head, head, 20.0
    for one, other in plan.links:
        yield one, other, 2.0
    for point in plan.near.context.recorded.minima:
        place = plan.place(np.array([point.weight, point.bias]))
        if plan.near.context.recorded.shows(point):
            yield place, place, 4.0
    for span in plan.dashed:
        yield span.tail, span.tip, 4.0
    for place in (plan.start, plan.end, *([plan.joint] if plan.joint else [])):
        yield place, place, 20.0
    if plan.tangent:
        (x, y), half = plan.start, TANGENT * plan.near.unit
        right, down = plan.tangent[0]
        yield (x - half * right, y - half * down), (x + half * right, y + half * down), 3.0
    step, corners = plan.near.step, plan.near.context.paths[0]
    passed = [place for place, epoch in zip(corners.corners, corners.steps, strict=True) if epoch <= plan.near.epoch]
    for one, other in pairwise([*passed[-6:], plan.start]):
        yield one, other, 3.0
    if step.textbook is not None:
        for one, other in pairwise([plan.place(place) for place in np.asarray(step.textbook)[-6:]]):
            yield one, other, 2.0
