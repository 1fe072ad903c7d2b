"""Leaders: thin lines from words to the place that they are about."""

from __future__ import annotations

import math
from collections.abc import Iterator

from animgd.drawing.overlays.base import Context
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask, Place, joined, segment

LEADER, CASED, FAINT = 0.7, 1.6, 0.7  # half the widths of a leader and its casing, and its strength
# Units: 720ths of the frame's shorter side.


def leader(
    context: Context, start: Place, end: Place, colors: tuple[Color, Color]
) -> Iterator[tuple[Mask, Color, float]]:
    """The masks of a leader, from below to above, in the colours of its words and of their halo."""
    unit, box, (ink, casing) = context.stroke(), context.box, colors
    shapes = list(segment(start, end, CASED * unit, box))
    yield from ((mask, casing, FAINT) for mask in joined(shape.grown(CASED * unit) for shape in shapes))
    yield from ((shape.grown(LEADER * unit), ink, 1.0) for shape in shapes)


def leader_ends(spot: Place, box: Box, off: float) -> tuple[Place, Place] | None:
    """Where a leader begins and ends: from near a place to the nearest pixel of a box; None if they touch."""
    end = nearest(box, spot)
    return (towards(spot, end, off), end) if math.dist(spot, end) > off else None


def nearest(box: Box, spot: Place) -> Place:
    """The place of a box that is nearest to another."""
    return min(max(spot[0], box.left), box.right), min(max(spot[1], box.top), box.bottom)


def towards(start: Place, end: Place, way: float) -> Place:
    """The place that lies so far from one place on the way to another."""
    part = min(1.0, way / math.dist(start, end)) if start != end else 0.0
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
