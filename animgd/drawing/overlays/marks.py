"""Where runs start, and the minima: above the trails, below the points. On the first panel they have names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.base import MANY, Context, Overlay
from animgd.frame import Box
from animgd.graphics.canvas import Planes, Sprite
from animgd.graphics.markers import marker
from animgd.graphics.raster import Mask, Place
from animgd.graphics.text import mask
from animgd.recording.model import Series

FAR = 1e15  # a mark further from 0 has no place on the frame
ASIDE = {"start": (10.0, -7.0)}  # where a name begins, from its mark
USUAL = (20.0, 5.0)
HALO_STRENGTH = 0.85
HALO, CLEAR = 1.6, 8.0  # around a name: its halo, and the room that trails and points must leave
# Units: 720ths of the frame's shorter side.


def overlays(context: Context) -> Iterator[Marks | Name]:
    """All marks of a panel, and the names of the first ones where no legend has them."""
    places = _places(context)
    yield Marks(context, places)
    if context.place == context.layout.panels[0]:
        for kind, text in context.layout.names:
            for place in [place for each, place in places if each == kind][:1]:
                yield Name(context, text, place, kind)


def covered(context: Context) -> list[Box]:
    """The boxes of all marks of a panel, and of their names."""
    return [stamp[0].box for overlay in overlays(context) for stamp in overlay.every]


def _places(context: Context) -> list[tuple[str, Place]]:
    recorded = context.recorded
    found = [("minimum", m.weight, m.bias) for m in recorded.minima]
    found += [("maximum", m.weight, m.bias) for m in recorded.maxima]
    found += [("decayed", m.weight, m.bias) for m in dict.fromkeys(recorded.decayed) if m]
    found += [("start", w, b) for w, b in dict.fromkeys((r.weight[0], r.bias[0]) for r in recorded.runs)]
    near = [(kind, w, b) for kind, w, b in found if abs(w) < FAR and abs(b) < FAR]
    return [(kind, context.transform.to_pixels(bias, weight)) for kind, weight, bias in near]


class Marks(Overlay):
    """Marks that do not move, but trails pass below them."""

    def __init__(self, context: Context, places: list[tuple[str, Place]]) -> None:
        unit, self._new = context.stroke() * (0.6 if len(context.recorded.runs) > MANY else 1.0), True
        drawn = [marker(kind, place, unit, context.box, context.theme) for kind, place in places]
        self.every = [stamp for stamps in drawn for stamp in stamps]
        self._sprites = [Sprite.of([(*stamp, 1.0) for stamp in stamps]) for stamps in drawn if stamps]

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear in the first frame."""
        new, self._new = self._new, False
        return [sprite.box for sprite in self._sprites] if new else []

    def paint(self, box: Box, planes: Planes) -> None:
        """All of them."""
        for sprite in self._sprites:
            sprite.paint(box, planes)


class Name(Overlay):
    """The name of a mark, until a trail or a point comes near it; that of the start stays."""

    def __init__(self, context: Context, text: str, place: Place, kind: str) -> None:
        unit, size, aside = context.layout.unit, context.layout.tick, ASIDE.get(kind, USUAL)
        letters = mask(text, size, face=context.layout.face)
        letters = letters.moved(round(place[0] + aside[0] * unit), round(place[1] + aside[1] * unit))
        halo = grown(letters, max(1, round(HALO * unit)))
        inside = context.box.holds(halo.box)
        ink, around = context.lettering(halo.box) if inside else (context.theme.mark, context.theme.dark)
        self.every = [(halo, around, HALO_STRENGTH), (letters, ink, 1.0)]
        stays = math.inf if kind == "start" else _first_near(context, halo.box, CLEAR * unit)
        self._end = stays if inside else 0
        self._shown: bool | None = None if inside else False

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Disappear when the epoch is reached."""
        shown = moment < self._end
        if shown != self._shown:
            self._shown, self.stamps = shown, self.every if shown else []
            yield self.every[0][0].box


def grown(letters: Mask, radius: int) -> Mask:
    """The letters grown by a radius."""
    coverage = np.pad(letters.coverage, radius)
    grown, around = coverage.copy(), range(-radius, radius + 1)
    for right in around:
        for down in around:
            if math.hypot(right, down) <= radius + 0.5:
                np.maximum(grown, np.roll(coverage, (down, right), (0, 1)), out=grown)
    return Mask.at(letters.box.left - radius, letters.box.top - radius, grown)


def _first_near(context: Context, box: Box, room: float) -> float:
    """The epoch at which a run's way or an arrow comes nearer to a box than some room; inf if none does."""
    low, high = np.array([box.left, box.top]) - room, np.array([box.right, box.bottom]) + room
    ways = [(path.epochs, np.array(path.corners[:-1]), np.array(path.corners[1:])) for path in context.paths]
    first = math.inf
    for epochs, starts, ends in (*ways, *arrows.reach(context)):
        met = np.flatnonzero(_meet(starts.reshape(-1, 2), ends.reshape(-1, 2), low, high))
        first = min(first, epochs[int(met[0])]) if met.size else first
    return first


def _meet(starts: Series, ends: Series, low: Series, high: Series) -> NDArray[np.bool_]:
    """Whether straight pieces meet a box. Shapes: `starts` and `ends` (n, 2), `low` and `high` (2,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - starts) / (ends - starts), (high - starts) / (ends - starts)
    enter, leave = np.fmin(one, other).max(1), np.fmax(one, other).min(1)
    return np.asarray((enter <= leave) & (leave >= 0) & (enter <= 1))
