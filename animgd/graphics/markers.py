"""Marker shapes: start, minimum, maximum, and the current point of each run."""

from __future__ import annotations

import math

from animgd.frame import Box, Color
from animgd.graphics.raster import Dashes, Mask, Place, Shape, disc, polygon, right_half, segment, stripe
from animgd.graphics.raster import arrow as raster_arrow
from animgd.graphics.theme import Theme

RADII = (
    7.1,
    6.2,
    4.6,
)  # of a point: the dark disc below, the ring, and the fill, in 720ths of the frame's shorter side
# Marker polygons of runs as (start angle, corners, radius), None: a disc. Shapes distinguish runs without colour.
SHAPES: tuple[tuple[float, int, float] | None, ...] = (
    None, (0.5, 4, 1.26), (0.0, 4, 1.3), (0.0, 3, 1.45), (0.5, 3, 1.45), (0.0, 6, 1.12),
)  # fmt: skip


# A panel distinguishes 24 runs: six shapes, each with its colour, in four fill styles.
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))
WALL, BAR = 0.36, 0.3  # wall of a hollow marker / inner radius; half height of a bar / outer radius


def fill_style(run: int) -> int:
    """The fill style of a run's marker: 0 filled, 1 hollow, 2 with a bar, 3 half filled."""
    return run // len(SHAPES) % 4


def dashes(run: int, wide: float) -> Dashes | None:
    """The dash pattern of a run: solid, dashed, dotted, dash-dot. Units: `wide` is the line width in pixels."""
    strokes, period = (
        ((), 0.0), (((0.0, 1.8),), 4.6), (((0.0, 0.0),), 2.4), (((0.0, 1.8), (4.3, 4.3)), 6.8),
    )[fill_style(run)]  # fmt: skip
    return Dashes(tuple((a * wide, b * wide) for a, b in strokes), period * wide) if strokes else None


def point(run: int, centre: Place, radii: tuple[float, float, float], within: Box) -> list[Mask]:
    """The masks of a run's current point: a disc below it, its ring, its fill, and the detail of its style, if any."""
    shape, (outer, middle, radius) = SHAPES[run % len(SHAPES)], radii
    inner = size = radius
    if shape is None:
        whole = disc(centre, outer, within)
    else:
        start, corners, long = shape
        turns = [start / corners * 2 * math.pi + 2 * math.pi * k / corners for k in range(corners)]
        places = [(centre[0] + long * radius * math.sin(t), centre[1] - long * radius * math.cos(t)) for t in turns]
        whole = polygon(places, outer - radius, within)
        outer, middle, inner = outer - radius, middle - radius, 0.0
        size = long * radius * math.cos(math.pi / corners)
    return _rimmed(whole, outer, middle, inner) + _detail(run, whole, inner, centre, (size, radius))


def _detail(run: int, whole: Shape | None, inner: float, centre: Place, sizes: tuple[float, float]) -> list[Mask]:
    """The part of a marker that its fill style draws in another colour: the middle, a bar, or the right half.

    Units: pixels; the marker is `whole` grown by `inner`; its inner and outer radius are `sizes`.
    """
    if whole is None or not fill_style(run):
        return []
    if fill_style(run) == 1:
        return [whole.grown(inner - WALL * sizes[0])]
    if fill_style(run) == 2:
        return [stripe(whole, inner, centre, BAR * sizes[1]).grown(0.0)]
    return [right_half(whole, inner, centre).grown(0.0)]


def arrow(run: int, centre: Place, towards: Place, radius: float, rim: float, within: Box) -> list[Mask]:
    """The masks of an arrow at a position that points towards another: rim, triangle, and the detail of its style."""
    angle = math.atan2(towards[1] - centre[1], towards[0] - centre[0])
    turns = [(angle, 1.5), (angle + 2.45, 1.35), (angle - 2.45, 1.35)]
    places = [(centre[0] + s * radius * math.cos(t), centre[1] + s * radius * math.sin(t)) for t, s in turns]
    whole = polygon(places, rim, within)
    return _rimmed(whole, rim, 0.0) + _detail(run, whole, 0.0, centre, (0.75 * radius, radius))


def _rimmed(shape: Shape | None, *radii: float) -> list[Mask]:
    """A mask for each radius."""
    return [Mask(shape.box, coat) for coat in shape.strokes_of(radii).coverage] if shape else []


def marker(kind: str, centre: Place, unit: float, within: Box, theme: Theme) -> list[tuple[Mask, Color]]:
    """A static marker as masks from bottom to top: "start", "minimum", "maximum", "decayed", or an arrow of a term."""
    marks = {"start": _ring, "minimum": _sight, "maximum": _plus, "decayed": _diamond}
    if kind not in marks:
        return _key_arrow(centre, unit, within, theme, getattr(theme, kind))
    return _colored(marks[kind](centre, unit, within), theme.dark, theme.mark, theme.dark)


def _colored(coats: list[list[Mask]], *colors: Color) -> list[tuple[Mask, Color]]:
    return [(stamp, color) for coat, color in zip(coats, colors, strict=False) for stamp in coat]


def key(kind: str, centre: Place, letters: float, within: Box, theme: Theme) -> list[tuple[Mask, Color]]:
    """A marker in the legend, scaled to the text. Units: pixels; `letters` is the em."""
    unit = letters / 20 * {"decayed": 0.6, "minimum": 0.75}.get(kind, 1.2)
    if kind == "off_plane":
        return _colored(_upright(centre, unit, within)[1:], theme.ink)
    if kind == "minimum":  # its ticks are white on a map, and too thin to be seen on a page
        return _colored(_sight(centre, unit, within)[:1], theme.ink)
    if kind == "decayed":  # white on a map too
        return _colored(_diamond(centre, unit, within)[1:], theme.ink)
    if kind == "ghost":
        return _colored(_dashes(centre, unit, within)[1:], theme.muted)
    return marker(kind, centre, unit, within, theme)


def _dashes(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    """A piece of a ghost's path."""
    (x, y), near, far = centre, 3.0 * unit, 8.0 * unit
    return _lines([((x - far, y), (x - near, y)), ((x + near, y), (x + far, y))], 2.6 * unit, 1.6 * unit, within)


def _key_arrow(centre: Place, unit: float, within: Box, theme: Theme, color: Color) -> list[tuple[Mask, Color]]:
    (x, y), r = centre, 6.5 * unit
    shape = raster_arrow((x - r, y), (x + r, y), 2.6 * unit, (9.5 * unit, 9.2 * unit), unit, within)
    return [(shape.grown(unit), theme.arrow_casing), (shape.grown(0.0), color)] if shape else []


def _ring(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    dot = disc(centre, 5.6 * unit, within)
    return [[dot.grown(r * unit)] if dot else [] for r in (5.6, 4.4, 2.5)]


def _lines(places: list[tuple[Place, Place]], outer: float, inner: float, within: Box) -> list[list[Mask]]:
    shapes = [shape for a, b in places for shape in segment(a, b, outer, within)]
    return [[shape.grown(radius) for shape in shapes] for radius in (outer, inner)]


def _sight(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    """Four ticks around an empty centre, in which the point is seen."""
    (x, y), near, far = centre, 10 * unit, 14 * unit
    ends = [((x + near * dx, y + near * dy), (x + far * dx, y + far * dy)) for dx, dy in DIRECTIONS]
    return _lines(ends, 2.1 * unit, 1.0 * unit, within)


def _upright(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    """A line that stands on another: the sign for a distance from a plane."""
    (x, y), r = centre, 6.0 * unit
    return _lines([((x - r, y + r), (x + r, y + r)), ((x, y + r), (x, y - r))], 2.0 * unit, 1.0 * unit, within)


def _plus(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    (x, y), r = centre, 7.4 * unit
    return _lines([((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))], 3.2 * unit, 1.5 * unit, within)


def _diamond(centre: Place, unit: float, within: Box) -> list[list[Mask]]:
    x, y, r = *centre, 12.5 * unit  # large enough to show behind a point on top of it
    corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    return _lines(sides, 3.0 * unit, 1.4 * unit, within)
