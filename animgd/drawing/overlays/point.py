"""Where a run is now: a disc (or its own shape) in a ring; outside the window, an arrow with its distance."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend_alpha
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.markers import RADII, SHAPES, arrow, point
from animgd.graphics.raster import Mask, Place
from animgd.graphics.text import mask
from animgd.graphics.theme import Theme, detail, run_colors
from animgd.scene.scene import MOST_RUNS

DARKNESS = 0.9  # of the disc below a point
GRAIN = 16  # positions per pixel along each axis: a shape is drawn 256 times at most, then copied
SMALL = 12.5  # pixels: the shapes of larger ones are not kept, at 4K they would be megabytes


@dataclass(frozen=True)
class Look:
    """What a point is drawn with. Units: `radii` and `letters` in pixels."""

    marker: int
    radii: tuple[float, float, float]  # of the dark disc below, the ring, and the fill
    colors: tuple[Color, Color, Color]
    letters: int  # of the distance at the edge, 0 for none
    theme: Theme  # of the letters, their plate, and the detail of the fill style
    face: Face = PLAIN

    @classmethod
    def of(cls, theme: Theme, marker: int, fill: Color, unit: float, letters: int, face: Face = PLAIN) -> Look:
        """The point of a theme. Units: `unit` is a 720th of the frame's height, or less on small panels."""
        dark, ring, inner = (radius * unit for radius in RADII)
        return cls(marker, (dark, ring, inner), (theme.dark, theme.ring, fill), letters, theme, face)


class Sprite(NamedTuple):
    """A point as it is laid over what is below: the part of that which stays, and the light that comes to it.

    Shapes: `stays` is (height, width) of the box, `light` (3, height, width).
    """

    box: Box
    stays: NDArray[np.float32]
    light: NDArray[np.float32]

    def moved(self, right: int, down: int) -> Sprite:
        """The same shape elsewhere."""
        return self._replace(box=self.box.moved(right, down))

    def within(self, box: Box) -> Sprite | None:
        """As much of it as lies in a box."""
        if box.holds(self.box):
            return self
        shared = self.box.intersection(box)
        if shared is None:
            return None
        rows, columns = shared.slices_in(self.box)
        return Sprite(shared, self.stays[rows, columns], self.light[:, rows, columns])


class Point(Overlay):
    """The current point of one run."""

    def __init__(self, track: ScreenPath, look: Look) -> None:
        self._track, self._look, self._draw = track, look, _drawing(look)
        self._sprite: Sprite | None = None  # inside the window; outside there are stamps
        self._now: tuple[object, ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move to where the run is."""
        centre = self._track.at(moment)
        away = "" if self._track.inside(moment) else self._track.away(moment)
        if (centre, away) == self._now:
            return
        self._now = centre, away
        yield from self._boxes()
        self._sprite = None if away else self._drawn(centre)
        self.stamps = self._arrow(centre, away) if away else ()
        yield from self._boxes()

    def _drawn(self, centre: Place) -> Sprite | None:
        right, down = round(GRAIN * centre[0]), round(GRAIN * centre[1])
        sprite = self._draw(right % GRAIN, down % GRAIN)
        return sprite.moved(right // GRAIN, down // GRAIN).within(self._track.box)

    def _boxes(self) -> Iterable[Box]:
        if self._sprite:
            yield self._sprite.box
        yield from list(dict.fromkeys(stamp.box for stamp, *_ in self.stamps))[:2]  # the letters lie within their plate

    def _arrow(self, centre: Place, away: str) -> list[tuple[Mask, Color]]:
        box, look = self._track.box, self._look
        _, ring, size = (1.4 * radius for radius in look.radii)
        edge = 1.9 * size + (ring - size)
        x = min(max(centre[0], box.left + edge), box.right - edge)
        y = min(max(centre[1], box.top + edge), box.bottom - edge)
        stamps = arrow(look.marker, (x, y), centre, size, ring - size, box)
        shapes = list(zip(stamps, (*look.colors[1:], detail(look.theme, look.colors[2])), strict=False))
        return shapes + self._distance((x, y), away) if look.letters and shapes else shapes

    def _distance(self, at: Place, away: str) -> list[tuple[Mask, Color]]:
        """The letters on a plate, on that side of the arrow where there is room."""
        box, size = self._track.box, self._look.letters
        letters = mask(away, size, face=self._look.face)
        high, wide = letters.box.height + round(0.3 * size), letters.box.width + round(0.5 * size)
        gap = round(2.7 * self._look.radii[2])
        left = round(at[0]) - gap - wide if at[0] > (box.left + box.right) / 2 else round(at[0]) + gap
        top = min(max(round(at[1] - high / 2), box.top), box.bottom - high)
        plate = Box(left, top, left + wide, top + high)
        if not box.holds(plate):
            return []
        letters = Mask.at(left + round(0.25 * size), top + round(0.15 * size), letters.coverage)
        return [(Mask.even(plate, 220), self._look.theme.page), (letters, self._look.theme.ink)]

    def paint(self, box: Box, planes: Planes) -> None:
        """The ring with the point on it, or the arrow with its distance."""
        sprite = self._sprite.within(box) if self._sprite else None
        if sprite:
            part = planes[:, *sprite.box.slices_in(box)]
            part *= sprite.stays
            part += sprite.light
        super().paint(box, planes)


def overlays(context: Context) -> Iterator[Point]:
    """One point a run."""
    count, labelled, layout = len(context.paths), context.labelled, context.layout
    unit = context.stroke(count)
    for path, marker in zip(context.paths, context.markers, strict=True):
        fill = run_colors(context.theme, marker, labelled)[1]
        yield Point(path, Look.of(context.theme, marker, fill, unit, layout.tick, layout.face))


Drawing = Callable[[int, int], Sprite]


@functools.lru_cache(maxsize=MOST_RUNS)
def _drawing(look: Look) -> Drawing:
    """What draws a point so far from the corner of the pixel (0, 0). Units: 16ths of a pixel."""
    draw = functools.partial(_drawn, look)
    kept = GRAIN * GRAIN if look.marker < len(SHAPES) else GRAIN  # of many runs it would be hundreds of megabytes
    return functools.lru_cache(maxsize=kept)(draw) if look.radii[0] <= SMALL else draw


def _drawn(look: Look, right: int, down: int) -> Sprite:
    reach = math.ceil(1.6 * look.radii[0]) + 2
    room = Box(-reach, -reach, reach, reach)
    stamps = point(look.marker, (right / GRAIN, down / GRAIN), look.radii, room)
    stays = np.ones(stamps[0].coverage.shape, np.float32)
    light = np.zeros((3, *stays.shape), np.float32)
    strengths, colors = (DARKNESS, 1.0, 1.0, 1.0), (*look.colors, detail(look.theme, look.colors[2]))
    for stamp, color, strength in zip(stamps, colors, strengths, strict=False):
        part = stamp.coverage * np.float32(strength / 255)
        stays *= 1 - part
        blend_alpha(light, part, color)
    return Sprite(stamps[0].box, stays, light)
