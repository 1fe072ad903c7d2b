"""Where a run is now: a disc (or its own shape) in a ring; outside the window, an arrow where it left."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import MAGNIFIED, Context, Overlay
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, Sprite, blend, blend_alpha
from animgd.graphics.markers import RADII, SHAPES, arrow, point
from animgd.graphics.raster import Mask, Place, max_blend
from animgd.graphics.theme import Theme, detail, run_colors
from animgd.scene.scene import MOST_RUNS

ARROW, TIP = 1.4, 1.9  # sizes of the arrow at the edge: of a point, and from its middle to its tip
NEAR, NESTED = 8.0, 0.72  # units: points this near nest; by how many sizes of a point each lower one is larger
LEVELS = {2: 1, 3: 2, 4: 1, 5: 1, 6: 1}  # of nesting by the number of runs: with more it would cover the map
ROOM, LEAST = 190.0, 0.6  # units: on smaller panels points that may nest shrink along, at most so far
DARKNESS = 0.9  # of the disc below a point
GRAIN = 16  # positions per pixel along each axis: a shape is drawn 256 times at most, then copied
SMALL = 12.5  # pixels: the shapes of larger ones are not kept, at 4K they would be megabytes


@dataclass(frozen=True)
class Look:
    """What a point is drawn with. Units: `radii` in pixels."""

    marker: int
    radii: tuple[float, float, float]  # of the dark disc below, the ring, and the fill
    colors: tuple[Color, Color, Color]
    theme: Theme  # of the detail of the fill style

    @classmethod
    def of(cls, theme: Theme, marker: int, fill: Color, unit: float) -> Look:
        """The point of a theme. Units: `unit` is a 720th of the frame's height, or less on small panels."""
        dark, ring, inner = (radius * unit for radius in RADII)
        return cls(marker, (dark, ring, inner), (theme.dark, theme.ring, fill), theme)

    def grown(self, level: int) -> Look:
        """The same below so many other points: larger in rims of the same width, so that its colour is seen."""
        dark, ring, inner = (radius + level * NESTED * self.radii[0] for radius in self.radii)
        return replace(self, radii=(dark, ring, inner)) if level else self

    def sized(self, times: float) -> Look:
        """The same so many times as large."""
        dark, ring, inner = (radius * times for radius in self.radii)
        return replace(self, radii=(dark, ring, inner))


class Point(Overlay):
    """The current point of one run."""

    def __init__(
        self,
        track: ScreenPath,
        look: Look,
        above: Sequence[ScreenPath] = (),
        near: float = 0.0,
        levels: int = 0,
        opened: float = math.inf,
    ) -> None:
        """`above` are the paths of the points drawn later; where some are nearer than `near`, this one grows.

        From the moment `opened` on a lens shows it too, and it is smaller.
        """
        self._track, self._look, self._above, self._near, self._levels = track, look, above, near, levels
        self._opened = opened
        self._drawings: dict[tuple[int, bool], Drawing] = {}
        self._sprite: Sprite | None = None  # inside the window; outside there are stamps
        self._now: tuple[object, ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move to where the run is; outside, to where it left."""
        inside = self._track.inside(moment)
        here, looks = self._track.at(moment), (self._level(moment), float(moment) >= self._opened)
        now = (here, looks) if inside else self._track.crossing(moment)
        if now == self._now:
            return
        yield from self._boxes()
        self._now = now
        self._sprite = self._drawn(here, *looks) if inside else None
        self.stamps = () if inside else _leaving(self._look, *self._track.crossing(moment), self._track.box)
        yield from self._boxes()

    def _level(self, moment: Fraction) -> int:
        """How many points would hide this one."""
        here = self._track.at(moment)
        return min(self._levels, sum(math.dist(here, path.at(moment)) < self._near for path in self._above))

    def _drawn(self, centre: Place, level: int, magnified: bool) -> Sprite | None:
        if (level, magnified) not in self._drawings:
            look = self._look.sized(MAGNIFIED) if magnified else self._look
            self._drawings[level, magnified] = _drawing(look.grown(level))
        right, down = round(GRAIN * centre[0]), round(GRAIN * centre[1])
        sprite = self._drawings[level, magnified](right % GRAIN, down % GRAIN)
        return sprite.moved(right // GRAIN, down // GRAIN).within(self._track.box)

    def _boxes(self) -> Iterable[Box]:
        if self._sprite:
            yield self._sprite.box
        yield from [stamp.box for stamp, *_ in self.stamps][:1]  # the first is the largest

    def paint(self, box: Box, planes: Planes) -> None:
        """The ring with the point on it, or the arrow with its distance."""
        if self._sprite:
            self._sprite.paint(box, planes)
        super().paint(box, planes)


class Crowd(Overlay):
    """The points of runs without names: all rings lie below all fills, so that no point hides another."""

    def __init__(self, tracks: Sequence[ScreenPath], look: Look) -> None:
        self._tracks, self._look = tracks, look
        self._now: list[tuple[Place, Place | None] | None] = [None] * len(tracks)
        self._layers: list[Mask | None] = [None] * len(tracks)  # of runs inside the window
        self._arrows: list[list[tuple[Mask, Color]]] = [[]] * len(tracks)  # of the others

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move each to where its run is; outside, to where it left."""
        for run, track in enumerate(self._tracks):
            inside = track.inside(moment)
            now = (track.at(moment), None) if inside else track.crossing(moment)
            if now == self._now[run]:
                continue
            yield from self._boxes(run)
            self._now[run] = now
            self._layers[run] = _layers(self._look, track.at(moment), track.box) if inside else None
            self._arrows[run] = [] if inside else _leaving(self._look, *track.crossing(moment), track.box)
            yield from self._boxes(run)

    def _boxes(self, run: int) -> Iterable[Box]:
        yield from (mask.box for mask in [self._layers[run], *(mask for mask, _ in self._arrows[run][:1])] if mask)

    def paint(self, box: Box, planes: Planes) -> None:
        """Layer by layer; of runs on one place, one is enough."""
        different = dict(zip(self._now, self._layers, strict=True)).values()
        seen = [cut for layers in different if layers and (cut := layers.within(box))]
        if seen:
            coverage = np.zeros((len(seen[0].coverage), box.height, box.width), np.uint8)
            for each in seen:
                max_blend(coverage, box, each)
            for part, (color, strength) in zip(coverage, _inks(self._look), strict=False):
                blend_alpha(planes, part * np.float32(strength / 255), color)
        for stamps in self._arrows:
            for stamp in stamps:
                blend(planes, box, *stamp)


def overlays(context: Context) -> Iterable[Point | Crowd]:
    """One point a run, the first on top; those of runs without names together."""
    unit, markers = _unit(context), set(context.markers)
    if context.labelled or len(context.paths) == 1 or len(markers) != 1:
        return points(context, unit)
    (marker,) = markers
    return [Crowd(context.paths, Look.of(context.theme, marker, run_colors(context.theme, marker, False)[1], unit))]


def _unit(context: Context) -> float:
    """A 720th of the frame's shorter side, or less. Units: pixels."""
    unit = context.stroke(len(context.paths))
    if not (context.labelled and len(context.paths) in LEVELS):
        return unit
    return unit * min(1.0, max(LEAST, context.box.shorter / unit / ROOM))


def points(context: Context, unit: float) -> Iterator[Point]:
    """One point a run, the first on top. Units: `unit` in pixels."""
    paths, labelled, levels = context.paths, context.labelled, LEVELS.get(len(context.paths), 0)
    for run in reversed(range(len(paths))):
        fill = run_colors(context.theme, context.markers[run], labelled)[1]
        look = Look.of(context.theme, context.markers[run], fill, unit)
        above, opened = paths[:run] if labelled and levels else [], context.lens.opened if context.lens else math.inf
        yield Point(paths[run], look, above, NEAR * unit, levels, float(opened))


def nested(context: Context) -> float:
    """How far the largest of points that nest reaches from its centre; 0 where none do. Units: pixels."""
    levels = LEVELS.get(len(context.paths), 0) if context.labelled else 0
    widest = max(_reach(marker, levels) for marker in range(len(SHAPES)))
    return widest * _unit(context) if levels else 0.0


def _reach(marker: int, level: int) -> float:
    """How far a point reaches from its centre, below so many others. Units: those of `RADII`."""
    dark, _, inner = (radius + level * NESTED * RADII[0] for radius in RADII)
    shape = SHAPES[marker % len(SHAPES)]
    return dark - inner + (shape[2] if shape else 1.0) * inner


def reach(context: Context, run: int, moment: Fraction) -> float:
    """How far a run's point, and those that nest with it, reach from its centre at a moment. Units: pixels."""
    unit, levels = _unit(context), LEVELS.get(len(context.paths), 0) if context.labelled else 0
    places = [path.at(moment) for path in context.paths]
    found = []
    for other, (at, marker) in enumerate(zip(places, context.markers, strict=True)):
        away = math.dist(at, places[run])
        if other == run or (levels and away < NEAR * unit):
            level = min(levels, sum(math.dist(at, above) < NEAR * unit for above in places[:other]))
            found.append(away + _reach(marker, level) * unit)
    return max(found)


Drawing = Callable[[int, int], Sprite]


@functools.lru_cache(maxsize=2 * MOST_RUNS)
def _drawing(look: Look) -> Drawing:
    """What draws a point so far from the corner of the pixel (0, 0). Units: 16ths of a pixel."""
    draw = functools.partial(_drawn, look)
    kept = GRAIN * GRAIN if look.marker < len(SHAPES) else GRAIN  # of many runs it would be hundreds of megabytes
    return functools.lru_cache(maxsize=kept)(draw) if look.radii[0] <= SMALL else draw


def _drawn(look: Look, right: int, down: int) -> Sprite:
    masks = _masks(look, right, down)
    return Sprite.of([(mask, *ink) for mask, ink in zip(masks, _inks(look), strict=False)])


def _masks(look: Look, right: int, down: int) -> list[Mask]:
    """The masks of a point so far from the corner of the pixel (0, 0), from below to above. Units: 16ths of a pixel."""
    reach = math.ceil(1.6 * look.radii[0]) + 2
    return point(look.marker, (right / GRAIN, down / GRAIN), look.radii, Box(-reach, -reach, reach, reach))


def _inks(look: Look) -> list[tuple[Color, float]]:
    """The colours of these masks, and their strengths."""
    return list(zip((*look.colors, detail(look.theme, look.colors[2])), (DARKNESS, 1.0, 1.0, 1.0), strict=True))


def _layers(look: Look, centre: Place, within: Box) -> Mask | None:
    """The masks of a point as layers of one. Shapes: (masks, height, width)."""
    right, down = round(GRAIN * centre[0]), round(GRAIN * centre[1])
    return _layering(look)(right % GRAIN, down % GRAIN).moved(right // GRAIN, down // GRAIN).within(within)


@functools.lru_cache(maxsize=8)
def _layering(look: Look) -> Callable[[int, int], Mask]:
    def draw(right: int, down: int) -> Mask:
        masks = _masks(look, right, down)
        return Mask(masks[0].box, np.stack([mask.coverage for mask in masks]))

    return functools.lru_cache(maxsize=GRAIN * GRAIN)(draw) if look.radii[0] <= SMALL else draw


def _leaving(look: Look, edge: Place, towards: Place, within: Box) -> list[tuple[Mask, Color]]:
    """A triangle whose tip is just inside the edge, along the step that left."""
    away = math.dist(edge, towards)
    _, ring, size = (ARROW * radius for radius in look.radii)
    right, down = ((towards[0] - edge[0]) / away, (towards[1] - edge[1]) / away) if away else (0.0, 0.0)
    back = TIP * size + ring - size
    centre = edge[0] - back * right, edge[1] - back * down
    stamps = arrow(look.marker, centre, towards, size, ring - size, within)
    return list(zip(stamps, (*look.colors[1:], detail(look.theme, look.colors[2])), strict=False))
