"""Frames of insets: a white line between two dark ones."""

from __future__ import annotations

from collections.abc import Iterator

from animgd.drawing.overlays.base import Context
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask

RIM, FRAME = 0.8, 1.8  # of the frame: dark, white, dark
LINE = 1.3  # the width of the square that stands for a window
# Units: 720ths of the frame's shorter side.


def rims(unit: float) -> tuple[int, int]:
    """The widths of the frame's dark lines and of the white one between them. Units: pixels."""
    return max(1, round(RIM * unit)), max(1, round(FRAME * unit))


def shrunk(box: Box, by: int) -> Box:
    """The box without a margin."""
    return Box(box.left + by, box.top + by, box.right - by, box.bottom - by)


def inner(box: Box, unit: float) -> Box:
    """An inset's box without its frame."""
    return shrunk(box, edge(unit))


def edge(unit: float) -> int:
    """The width of an inset's frame. Units: pixels."""
    dark, white = rims(unit)
    return 2 * dark + white


def square(context: Context, box: Box, line: float = LINE) -> Iterator[tuple[Mask, Color]]:
    """A box as a square on the map of a context: white lines inside its edge, between dark ones."""
    theme, (dark, white) = context.theme, rims(line / FRAME * context.layout.unit)
    for grown, color in ((dark, theme.dark), (0, theme.mark)):
        width = white + 2 * grown
        for side in _sides(box, width, grown):
            shared = side.intersection(context.box)
            if shared:
                yield Mask.even(shared), color


def _sides(box: Box, width: int, grown: int) -> Iterator[Box]:
    """The four sides of a square as lines of a width, as far outside of it as `grown`."""
    left, top, right, bottom = shrunk(box, -grown)
    yield Box(left, top, right, top + width)
    yield Box(left, bottom - width, right, bottom)
    yield Box(left, top, left + width, bottom)
    yield Box(right - width, top, right, bottom)
