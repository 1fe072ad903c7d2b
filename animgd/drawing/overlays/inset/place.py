"""Where an inset stands: in a corner of the panel that nothing else needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import shrunk
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box
from animgd.graphics.raster import clipped

LEAST_PANEL = 200  # of a panel
EDGE = 8  # from the panel's edge
CORNERS = ((True, False), (False, True), (True, True), (False, False))  # (right, low)
# Units: 720ths of the frame's shorter side.


def free_corner(context: Context, taken: Iterable[Box], clear: float, sizes: Iterable[tuple[int, int]]) -> Box | None:
    """The first box in a corner that stays clear of the paths of the whole film, and of the boxes that are taken.

    Units: `sizes`, widths and heights, in pixels.
    """
    unit, panel, apart = context.layout.unit, context.box, math.ceil(clear * context.layout.unit)
    if panel.shorter < LEAST_PANEL * unit:
        return None
    grid = np.zeros((panel.height, panel.width), bool)
    for path in context.paths:
        grid |= trodden(path)
    for box in taken:
        grid[_shared(box, panel).slices_in(panel)] = True
    for size in sizes:
        for corner in CORNERS:
            box = _corner(panel, corner, size, round(EDGE * unit))
            if not grid[_shared(shrunk(box, -apart), panel).slices_in(panel)].any():
                return box
    return None


def _corner(panel: Box, corner: tuple[bool, bool], size: tuple[int, int], edge: int) -> Box:
    """A box in one of the panel's corners."""
    width, height = size
    left = panel.right - edge - width if corner[0] else panel.left + edge
    top = panel.bottom - edge - height if corner[1] else panel.top + edge
    return Box(left, top, left + width, top + height)


def _shared(box: Box, panel: Box) -> Box:
    return box.intersection(panel) or Box(panel.left, panel.top, panel.left, panel.top)


def trodden(path: ScreenPath, until: float = math.inf) -> NDArray[np.bool_]:
    """The pixels of its box that a path passes up to a step. Shapes: (height, width)."""
    box = path.box
    grid = np.zeros((box.height, box.width), bool)
    for step, (a, b) in zip(path.steps[1:], pairwise(path.corners), strict=True):
        part = clipped(a, b, box) if step <= until else None
        if part:
            x, y = np.linspace(*part, 2 + math.ceil(math.dist(*part))).T
            rows = np.clip(y - box.top, 0, box.height - 1).astype(int)
            grid[rows, np.clip(x - box.left, 0, box.width - 1).astype(int)] = True
    return grid
