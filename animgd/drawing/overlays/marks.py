"""Where runs start, and the minima: above the trails, below the points. On the first panel they have names."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.event_schedule import schedule
from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.base import MANY, Context, Overlay
from animgd.drawing.overlays.leader import leader, leader_ends, nearest
from animgd.drawing.overlays.point import nested
from animgd.frame import Box
from animgd.graphics.canvas import Planes, Sprite
from animgd.graphics.fonts import Face
from animgd.graphics.markers import marker
from animgd.graphics.raster import Mask, Place, max_blend
from animgd.graphics.text import mask
from animgd.recording.model import Series

FAR = 1e15  # a mark further from 0 has no place on the frame
ASIDE, UP = 10.0, 7.0  # where the name of a start begins, from its mark
USUAL = (20.0, 5.0)  # where other names begin
# Where a name in two lines may stand around its mark: its nearest edges, and how much of it is left of and above them.
AROUND = ((20.0, 0.0, 0.0, 0.5), (-20.0, 0.0, 1.0, 0.5), (0.0, -20.0, 0.5, 1.0), (0.0, 20.0, 0.5, 0.0),
          (13.0, -13.0, 0.0, 1.0), (13.0, 13.0, 0.0, 0.0), (-13.0, -13.0, 1.0, 1.0), (-13.0, 13.0, 1.0, 0.0),
          (36.0, -24.0, 0.0, 1.0), (36.0, 24.0, 0.0, 0.0), (-36.0, -24.0, 1.0, 1.0), (-36.0, 24.0, 1.0, 0.0),
          (0.0, -40.0, 0.5, 1.0), (0.0, 40.0, 0.5, 0.0), (40.0, 0.0, 0.0, 0.5), (-40.0, 0.0, 1.0, 0.5),
          (-24.0, 40.0, 1.0, 0.0), (24.0, 40.0, 0.0, 0.0))  # fmt: skip
LINE = 1.15  # from one line of a name to the next, in ems
HALO_STRENGTH = 0.85
HALO, CLEAR = 1.6, 8.0  # around a name: its halo, and the room that trails and points must leave
OFF, ASTRAY = 17.0, 31.0  # from a mark to a leader's end; a name so far from its mark has a leader
# Units: 720ths of the frame's shorter side.
Mark = tuple[str, Place]  # its kind, and where it is


def overlays(context: Context) -> Iterator[Marks | Name]:
    """All marks of a panel, and the names of the first ones where no legend has them."""
    places, lens = _places(context), context.lens
    seen_there = [each for each in places if lens and _within(each, lens.footprint)]
    yield from _built(context, places, [each for each in places if each not in seen_there])
    if lens:
        yield from _built(context, places, seen_there, float(lens.opened))


def _built(context: Context, every: list[Mark], places: list[Mark], end: float = math.inf) -> Iterator[Marks | Name]:
    """Some of all marks, until a moment, with their names."""
    marks = Marks(context, places, end)
    yield marks
    if context.place == context.layout.panels[0]:
        taken, names = [stamp.box for stamp, _ in marks.every], list[Box]()
        for kind, text in context.layout.names:
            for mark in [mark for mark in every if mark[0] == kind][:1]:
                if mark in places:
                    name = _named(context, text, mark, [place for _, place in every], taken, names, end)
                    taken.append(name.box)
                    names.append(name.box)
                    yield name


def _named(
    context: Context, text: str, mark: Mark, marks: list[Place], taken: list[Box], names: list[Box], end: float
) -> Name:
    """The name of a mark: where it usually stands, unless another name is there.

    Then, and with weight decay, that of a minimum stands where it can stay longest, nearest to its own.
    """
    unit, size, face = context.layout.unit, context.layout.tick, context.layout.face
    kind, place = mark
    if kind == "start":
        return _beside_start(context, mask(text, size, face=face), place, taken, end)
    if kind != "decayed" and not context.recorded.landscape.decay:
        at = round(place[0] + USUAL[0] * unit), round(place[1] + USUAL[1] * unit)
        name = Name(context, mask(text, size, face=face).moved(*at), kind, end)
        if not any(name.box.intersection(box) for box in names):
            return name
    every = []
    for right, down, left, up in AROUND:
        letters = _lines(text, size, face, left)
        wide, high = letters.box.width, letters.box.height
        corner = place[0] + right * unit - left * wide, place[1] + down * unit - up * high
        letters = letters.moved(round(corner[0]) - letters.box.left, round(corner[1]) - letters.box.top)
        every.append(Name(context, letters, kind, end, place))
    free = [name for name in every if not any(name.box.intersection(box) for box in taken)]
    own = [name for name in free if place == min(marks, key=lambda each: math.dist(each, nearest(name.box, each)))]
    return max(own or free or every, key=lambda name: name.end)


def _beside_start(context: Context, letters: Mask, place: Place, taken: list[Box], end: float) -> Name:
    """The name of a start: above it to the right, unless a trail or an arrow passes there sooner than elsewhere."""
    (x, y), unit, every = place, context.layout.unit, []
    right, left = round(x + ASIDE * unit), round(x - ASIDE * unit) - letters.box.width
    above, below = round(y - UP * unit), round(y + UP * unit) - letters.box.top
    for corner in ((right, above), (left, above), (right, below), (left, below)):
        every.append(Name(context, letters.moved(*corner), "start", end))
    free = [name for name in every if name.inside and not any(name.box.intersection(box) for box in taken)]
    return max(free or every[:1], key=lambda name: _first_near(context, name.box, 0))


def _within(mark: Mark, footprint: Box) -> bool:
    """Whether a lens shows a mark instead of the map; the start stays where it is."""
    kind, (x, y) = mark
    return kind != "start" and footprint.left <= x <= footprint.right and footprint.top <= y <= footprint.bottom


def covered(context: Context, footprint: Box | None = None, named: bool = True) -> list[Box]:
    """The boxes of all marks of a panel, and of their names; without those that a lens would show.

    `named`: with the names that an event hides.
    """
    places = _places(context)
    kept = [each for each in places if footprint is None or not _within(each, footprint)]
    seen = [each for each in _built(context, places, kept) if named or each.stays]
    return [stamp[0].box for overlay in seen for stamp in overlay.every]


def magnified(near: Context, unit: float) -> Marks:
    """The marks in a lens. Units: `unit` in pixels."""
    return Marks(near, [each for each in _places(near) if _within(each, near.box)], unit=unit)


def _places(context: Context) -> list[Mark]:
    recorded = context.recorded
    found = [("minimum", m.weight, m.bias) for m in recorded.minima]
    found += [("maximum", m.weight, m.bias) for m in recorded.maxima]
    found += [("decayed", m.weight, m.bias) for m in dict.fromkeys(recorded.decayed) if m]
    found += [("start", w, b) for w, b in dict.fromkeys((r.weight[0], r.bias[0]) for r in recorded.runs)]
    near = [(kind, w, b) for kind, w, b in found if abs(w) < FAR and abs(b) < FAR]
    return [(kind, context.transform.to_pixels(bias, weight)) for kind, weight, bias in near]


class Marks(Overlay):
    """Marks that do not move, but trails pass below them."""

    stays = True  # the words about an event do not replace it

    def __init__(self, context: Context, places: list[Mark], end: float = math.inf, unit: float | None = None) -> None:
        unit = unit or context.stroke() * (0.6 if len(context.recorded.runs) > MANY else 1.0)
        self._end, self._shown = end, False
        drawn = [marker(kind, place, unit, context.box, context.theme) for kind, place in places]
        self.every = [stamp for stamps in drawn for stamp in stamps]
        self._sprites = [Sprite.of([(*stamp, 1.0) for stamp in stamps]) for stamps in drawn if stamps]

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear in the first frame, and stay until the end."""
        before, self._shown = self._shown, float(moment) < self._end
        return [sprite.box for sprite in self._sprites] if self._shown != before else []

    def paint(self, box: Box, planes: Planes) -> None:
        """All of them."""
        for sprite in self._sprites if self._shown else ():
            sprite.paint(box, planes)


class Name(Overlay):
    """The name of a mark. It goes when a trail or a point comes near, or when words tell of an event.

    That of the start stays. Where points of several runs nest, it appears when all but one have left.
    """

    def __init__(
        self, context: Context, letters: Mask, kind: str, end: float = math.inf, mark: Place | None = None
    ) -> None:
        """Where the `mark` is far away, a line leads to it."""
        unit = context.layout.unit
        halo = grown(letters, max(1, round(HALO * unit)))
        self.inside, self.stays = context.box.holds(halo.box), kind == "start"
        ink, around = context.lettering(halo.box) if self.inside else (context.theme.mark, context.theme.dark)
        self.every = [(halo, around, HALO_STRENGTH), (letters, ink, 1.0)]
        found = leader_ends(mark, halo.box, OFF * unit) if mark else None
        if found and math.dist(*found) >= (ASTRAY - OFF) * unit:
            self.every += leader(context, *found, (ink, around))
        until, room = math.inf, max(CLEAR * unit, nested(context))
        self._begin = _left(context, halo.box, room) if kind == "start" and nested(context) else 0
        if kind != "start":
            first = min((float(told.start) for told in schedule(context)), default=math.inf)
            until = min(first, _first_near(context, halo.box, room))
        self.end = min(until, end) if self.inside else 0
        self._shown = None if self.inside else False  # what is not inside the panel never changes it

    @property
    def box(self) -> Box:
        """The pixels of the letters with their halo."""
        return self.every[0][0].box

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear and disappear when these epochs are reached."""
        shown = self._begin <= float(moment) < self.end
        if shown != self._shown:
            self._shown, self.stamps = shown, self.every if shown else []
            yield from dict.fromkeys(stamp.box for stamp, *_ in self.every)


def _lines(text: str, size: int, face: Face, align: float) -> Mask:
    """A text in two lines, flush left (`align` 0), centred (0.5), or flush right (1)."""
    spaces = [i for i, letter in enumerate(text) if letter == " "]
    at = min(spaces, key=lambda i: abs(i - len(text) / 2), default=len(text))
    parts = [mask(part, size, face=face) for part in (text[:at], text[at + 1 :]) if part]
    widest = max(part.box.width for part in parts)
    placed = [
        part.moved(round(align * (widest - part.box.width)) - part.box.left, round(i * LINE * size))
        for i, part in enumerate(parts)
    ]
    box = functools.reduce(Box.union, (part.box for part in placed))
    coverage = np.zeros((box.height, box.width), np.uint8)
    for part in placed:
        max_blend(coverage, box, part)
    return Mask(box, coverage)


def grown(letters: Mask, radius: int) -> Mask:
    """The letters grown by a radius."""
    (high, wide), around = letters.coverage.shape, range(2 * radius + 1)
    grown = np.zeros((high + 2 * radius, wide + 2 * radius), np.uint8)
    for right in around:
        for down in around:
            if math.hypot(right - radius, down - radius) <= radius + 0.5:
                part = grown[down : down + high, right : right + wide]
                np.maximum(part, letters.coverage, out=part)
    return Mask.at(letters.box.left - radius, letters.box.top - radius, grown)


def _left(context: Context, box: Box, room: float) -> float:
    """The epoch from which on at most one point has never been further from a box than some room; inf without one."""
    low, high, left = np.array([box.left, box.top]), np.array([box.right, box.bottom]), [0.0]
    for path in context.paths:
        places = np.array(path.corners)
        away = np.flatnonzero(np.hypot(*(places - np.clip(places, low, high)).T) >= room)
        left.append(float(path.moment(path.steps[int(away[0])])) if away.size else math.inf)
    return sorted(left)[-2]


def _first_near(context: Context, box: Box, room: float) -> float:
    """The epoch at which a run's way or an arrow comes nearer to a box than some room; inf if none does."""
    low, high = np.array([box.left, box.top]) - room, np.array([box.right, box.bottom]) + room
    ways = [(path, path.steps, np.array(path.corners[:-1]), np.array(path.corners[1:])) for path in context.paths]
    pointing = [(context.paths[0], range(len(starts)), starts, ends) for starts, ends in arrows.reach(context)]
    first = math.inf
    for path, steps, starts, ends in (*ways, *pointing):
        met = np.flatnonzero(_meet(starts.reshape(-1, 2), ends.reshape(-1, 2), low, high))
        first = min(first, float(path.moment(steps[int(met[0])]))) if met.size else first
    return first


def _meet(starts: Series, ends: Series, low: Series, high: Series) -> NDArray[np.bool_]:
    """Whether straight pieces meet a box. Shapes: `starts` and `ends` (n, 2), `low` and `high` (2,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - starts) / (ends - starts), (high - starts) / (ends - starts)
    enter, leave = np.fmin(one, other).max(1), np.fmax(one, other).min(1)
    return np.asarray((enter <= leave) & (leave >= 0) & (enter <= 1))
