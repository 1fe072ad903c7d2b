"""The small shapes: where a path starts, where the loss is least, where each run is now."""

from __future__ import annotations

import math

from animgd.frames import Box, Color
from animgd.ink import Place, Stamp, capsule, disc, polygon
from animgd.theme import Theme

POINT = 8.0  # the radius of the current point, in 720ths of the frame's height
RIM = 2.2  # of its ring
# Corners of the points of several runs, as (start angle, count, radius): shape tells runs apart without colour.
SHAPES: tuple[tuple[float, int, float] | None, ...] = (
    None, (0.5, 4, 1.26), (0.0, 4, 1.3), (0.0, 3, 1.45), (0.5, 3, 1.45), (0.0, 6, 1.12),
)  # fmt: skip


def point(run: int, centre: Place, radius: float, grow: float, within: Box) -> Stamp | None:
    """The shape of a run's current point; `grow` makes the ring under it."""
    shape = SHAPES[run % len(SHAPES)]
    if shape is None:
        return disc(centre, radius + grow, within)
    start, corners, size = shape
    turns = [start / corners * 2 * math.pi + 2 * math.pi * k / corners for k in range(corners)]
    places = [(centre[0] + size * radius * math.sin(t), centre[1] - size * radius * math.cos(t)) for t in turns]
    return polygon(places, grow, within)


def arrow(centre: Place, towards: Place, radius: float, grow: float, within: Box) -> Stamp | None:
    """A triangle that points from one place towards another."""
    angle = math.atan2(towards[1] - centre[1], towards[0] - centre[0])
    turns = [(angle, 1.5), (angle + 2.45, 1.35), (angle - 2.45, 1.35)]
    return polygon([(centre[0] + s * radius * math.cos(t), centre[1] + s * radius * math.sin(t)) for t, s in turns],
                   grow, within)  # fmt: skip


def sign(kind: str, centre: Place, unit: float, within: Box, theme: Theme) -> list[tuple[Stamp, Color]]:
    """A standing sign, as stamps from below to above: "start", "minimum" or "decayed"."""
    strokes = {"start": _ring, "minimum": _cross, "decayed": _diamond}[kind](centre, unit, within)
    dark, light = theme.casing, theme.cores[0]
    below = [(stamp, dark) for stamp in strokes[0]]
    return below + [(stamp, light) for stamp in strokes[1]] + [(stamp, dark) for stamp in strokes[2]]


Strokes = tuple[list[Stamp], list[Stamp], list[Stamp]]


def _ring(centre: Place, unit: float, within: Box) -> Strokes:
    rings = [disc(centre, r * unit, within) for r in (8.2, 6.6, 3.6)]
    return tuple([[r] if r else [] for r in rings])  # type: ignore[return-value]


def _lines(places: list[tuple[Place, Place]], radius: float, within: Box) -> list[Stamp]:
    return [stamp for a, b in places for stamp in capsule(a, b, radius, within)]


def _cross(centre: Place, unit: float, within: Box) -> Strokes:
    x, y, r = *centre, 5.4 * unit
    arms = [((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r))]
    return _lines(arms, 3.2 * unit, within), _lines(arms, 1.5 * unit, within), []


def _diamond(centre: Place, unit: float, within: Box) -> Strokes:
    x, y, r = *centre, 7.4 * unit
    corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    return _lines(sides, 3.0 * unit, within), _lines(sides, 1.4 * unit, within), []
