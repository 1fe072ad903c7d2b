"""The small shapes: where a path starts, where the loss is least, where each run is now."""

from __future__ import annotations

import math

from animgd.frames import Box, Color
from animgd.ink import Place, Shape, Stamp, polygon, segment, spot
from animgd.theme import Theme

POINT = 8.0  # the radius of the current point, in 720ths of the frame's height
MOMENTUM, GRADIENT, STEP = (90, 209, 255), (255, 210, 63), (255, 255, 255)  # the arrows of a step taken apart
RIM = 2.2  # of its ring
# Corners of the points of several runs, as (start angle, count, radius): shape tells runs apart without colour.
SHAPES: tuple[tuple[float, int, float] | None, ...] = (
    None, (0.5, 4, 1.26), (0.0, 4, 1.3), (0.0, 3, 1.45), (0.5, 3, 1.45), (0.0, 6, 1.12),
)  # fmt: skip


def point(run: int, centre: Place, radius: float, rim: float, within: Box) -> list[Stamp]:
    """The shape of a run's current point: the ring under it, and the point."""
    shape = SHAPES[run % len(SHAPES)]
    if shape is None:
        return _rimmed(spot(centre, radius + rim, within), radius + rim, radius)
    start, corners, size = shape
    turns = [start / corners * 2 * math.pi + 2 * math.pi * k / corners for k in range(corners)]
    places = [(centre[0] + size * radius * math.sin(t), centre[1] - size * radius * math.cos(t)) for t in turns]
    return _rimmed(polygon(places, rim, within), rim, 0.0)


def arrow(centre: Place, towards: Place, radius: float, rim: float, within: Box) -> list[Stamp]:
    """A triangle that points from one place towards another: its rim, and the triangle."""
    angle = math.atan2(towards[1] - centre[1], towards[0] - centre[0])
    turns = [(angle, 1.5), (angle + 2.45, 1.35), (angle - 2.45, 1.35)]
    places = [(centre[0] + s * radius * math.cos(t), centre[1] + s * radius * math.sin(t)) for t, s in turns]
    return _rimmed(polygon(places, rim, within), rim, 0.0)


def _rimmed(shape: Shape | None, *radii: float) -> list[Stamp]:
    """The coats of a shape, as stamps of their own."""
    return [Stamp(shape.box, coat) for coat in shape.coats(radii).coverage] if shape else []


def sign(kind: str, centre: Place, unit: float, within: Box, theme: Theme) -> list[tuple[Stamp, Color]]:
    """A standing sign, as stamps from below to above: "start", "minimum" or "decayed"."""
    if kind in ARROWS:
        return _dash(centre, unit, within, theme, ARROWS[kind])
    strokes = {"start": _ring, "minimum": _cross, "decayed": _diamond}[kind](centre, unit, within)
    dark, light = theme.casing, theme.cores[0]
    below = [(stamp, dark) for stamp in strokes[0]]
    return below + [(stamp, light) for stamp in strokes[1]] + [(stamp, dark) for stamp in strokes[2]]


def key(kind: str, centre: Place, letters: float, within: Box, theme: Theme) -> list[tuple[Stamp, Color]]:
    """A sign as it stands in the legend, as small as its letters. Units: pixels."""
    return sign(kind, centre, letters / 20 * (0.6 if kind == "decayed" else 1.0), within, theme)


ARROWS = {"momentum": MOMENTUM, "gradient": GRADIENT, "step": STEP, "ghost": (178, 184, 190)}


def _dash(centre: Place, unit: float, within: Box, theme: Theme, color: Color) -> list[tuple[Stamp, Color]]:
    """A short stroke in an arrow's colour (of a ghost: a faint one)."""
    (x, y), r = centre, 6.5 * unit
    casing, core, _ = _lines([((x - r, y), (x + r, y))], 3.4 * unit, 1.8 * unit, within)
    return [(stamp, outline(theme)) for stamp in casing] + [(stamp, color) for stamp in core]


def outline(theme: Theme) -> Color:
    """What arrows are cased in: they are light, on any ground."""
    return min(theme.casing, theme.ring, key=sum)


Strokes = tuple[list[Stamp], list[Stamp], list[Stamp]]


def _ring(centre: Place, unit: float, within: Box) -> Strokes:
    disc = spot(centre, 8.2 * unit, within)
    rings = [[disc.grown(r * unit)] if disc else [] for r in (8.2, 6.6, 3.6)]
    return rings[0], rings[1], rings[2]


def _lines(places: list[tuple[Place, Place]], outer: float, inner: float, within: Box) -> Strokes:
    shapes = [shape for a, b in places for shape in segment(a, b, outer, within)]
    return [shape.grown(outer) for shape in shapes], [shape.grown(inner) for shape in shapes], []


def _cross(centre: Place, unit: float, within: Box) -> Strokes:
    x, y, r = *centre, 5.4 * unit
    arms = [((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r))]
    return _lines(arms, 3.2 * unit, 1.5 * unit, within)


def _diamond(centre: Place, unit: float, within: Box) -> Strokes:
    x, y, r = *centre, 12.5 * unit  # its corners look out from under the point that ends on it
    corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    return _lines(sides, 3.0 * unit, 1.4 * unit, within)
