"""What a close-up is put together from: arrows that grow, dashed lines, rings; as masks with colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

from animgd.frame import Box, Color
from animgd.graphics.raster import Dashes, Mask, Place, dashed, disc, segment
from animgd.graphics.raster import arrow as arrow_shape

SHAFT, HEAD, CASING = 4.2, (17.0, 15.5), 1.8  # of an arrow: its width, its head's length and width, around it
LEAST = 3.0  # shorter arrows are not drawn
TICK = 6.0, 5.0  # an arrow that never gets longer is drawn as a bar, and half the bar's length
DASHED = 1.7, 0.9  # half the width of a dashed line's light ground, and of the line
RING = (8.0, 4.0), (7.0, 5.0)  # radii of a ring: the dark one's, and the light one's
# Units: 720ths of the frame's shorter side.

Stamp = tuple[Mask, Color, float]


def arrow(tail: Place, tip: Place, colors: tuple[Color, Color], unit: float, within: Box) -> list[Stamp]:
    """An arrow in a colour and with a casing in another; a short one has a smaller head."""
    long = math.dist(tail, tip)
    if long < LEAST * unit:
        return []
    part = min(1.0, long / (1.5 * HEAD[0] * unit))
    head = part * HEAD[0] * unit, part * HEAD[1] * unit
    shape = arrow_shape(tail, tip, max(0.5, part) * SHAFT * unit, head, CASING * unit, within)
    if shape is None:
        return []
    casing, core = shape.strokes_of((CASING * unit, 0.0)).coverage
    return [(Mask(shape.box, casing), colors[1], 1.0), (Mask(shape.box, core), colors[0], 1.0)]


def tick(tail: Place, tip: Place, colors: tuple[Color, Color], unit: float, within: Box) -> list[Stamp]:
    """A bar across an arrow that is too short for a head."""
    long = math.dist(tail, tip)
    if not long:
        return []
    x, y = towards(tail, tip, 0.5)
    right, down = ((tip[1] - tail[1]) / long * TICK[1] * unit, (tail[0] - tip[0]) / long * TICK[1] * unit)
    radii = (SHAFT / 2 + CASING) * unit, SHAFT / 2 * unit
    ends = (x - right, y - down), (x + right, y + down)
    return [stamp for radius, color in zip(radii, colors[::-1], strict=True)
            for stamp in line(*ends, radius, color, 1.0, within)]  # fmt: skip


def line(a: Place, b: Place, radius: float, color: Color, strength: float, within: Box) -> list[Stamp]:
    """A line. Units: `radius`, half its width, in pixels."""
    return [(shape.grown(radius), color, strength) for shape in segment(a, b, radius, within)]


def dashes(a: Place, b: Place, colors: tuple[Color, Color], unit: float, within: Box) -> list[Stamp]:
    """A dashed line on a light one."""
    ground, core = (radius * unit for radius in DASHED)
    pattern = Dashes(((0.0, 5.0 * unit),), 10.0 * unit)
    found = line(a, b, ground, colors[1], 0.8, within)
    for start, end in dashed(a, b, 0.0, pattern, core, within):
        found += line(start, end, core, colors[0], 1.0, within)
    return found


def ring(centre: Place, colors: tuple[Color, Color], unit: float, within: Box) -> list[Stamp]:
    """A ring in a colour, on a wider one in another."""
    found = []
    for (outer, hole), color, strength in zip(RING, colors[::-1], (0.85, 1.0), strict=True):
        shape = disc(centre, outer * unit, within)
        if shape:
            whole, inside = shape.strokes_of((outer * unit, hole * unit)).coverage
            found.append((Mask(shape.box, whole - inside), color, strength))
    return found


def dot(centre: Place, radii: Sequence[float], colors: Sequence[Color], within: Box) -> list[Stamp]:
    """Discs over each other, the largest first. Units: pixels."""
    shape = disc(centre, radii[0], within)
    return [(shape.grown(radius), color, 1.0) for radius, color in zip(radii, colors, strict=True)] if shape else []


def towards(a: Place, b: Place, part: float) -> Place:
    """The position after a part of the way."""
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def moved(place: Place, by: Place) -> Place:
    """A position moved."""
    return place[0] + by[0], place[1] + by[1]
