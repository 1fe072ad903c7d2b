"""Where a small map stands: in a corner that nothing else on the panel needs in the whole film."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays import divergence, marks
from animgd.drawing.overlays.base import Context
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box
from animgd.graphics.raster import clipped

LEAST_FRAME = 540  # pixels: smaller frames have no room for it
LEAST_PANEL = 200  # of a panel
LARGEST, SMALLEST, STEP = 118, 90, 2  # sizes that are tried
EDGE, CLEAR = 8, 5  # from the panel's edge, and from all that stands or moves on it
ARROW = (8.0, 10.0)  # from the edge to the middle of the arrow where a run left, and from there around it
CORNERS = ((True, False), (False, True), (True, True), (False, False))  # (right, low)
# Units: 720ths of the frame's shorter side.


def placed(context: Context) -> Box | None:
    """The box of a panel's small map with its frame; None if it has none."""
    unit, panel = context.layout.unit, context.box
    if not context.recorded.wider or not context.scene.shows("small-map"):
        return None
    if min(context.layout.size) < LEAST_FRAME or panel.shorter < LEAST_PANEL * unit:
        return None
    taken, clear = _taken(context), math.ceil(CLEAR * unit)
    for size in range(LARGEST, SMALLEST - 1, -STEP):
        for corner in CORNERS:
            box = _corner(panel, corner, size / max(panel.width, panel.height) * unit, round(EDGE * unit))
            around = Box(box.left - clear, box.top - clear, box.right + clear, box.bottom + clear)
            if not taken[_shared(around, panel).slices_in(panel)].any():
                return box
    return None


def _corner(panel: Box, corner: tuple[bool, bool], part: float, edge: int) -> Box:
    """A box of the panel's shape in one of its corners. Units: `part` of the panel's sides."""
    width, height = round(part * panel.width), round(part * panel.height)
    left = panel.right - edge - width if corner[0] else panel.left + edge
    top = panel.bottom - edge - height if corner[1] else panel.top + edge
    return Box(left, top, left + width, top + height)


def _shared(box: Box, panel: Box) -> Box:
    return box.intersection(panel) or Box(panel.left, panel.top, panel.left, panel.top)


def _taken(context: Context) -> NDArray[np.bool_]:
    """The pixels of a panel that the trails of the whole film, marks, their names, or arrows cover."""
    grid = np.zeros((context.box.height, context.box.width), bool)
    for path in context.paths:
        grid |= trodden(path)
    for box in (*marks.covered(context), *divergence.covered(context), *_arrows(context)):
        grid[_shared(box, context.box).slices_in(context.box)] = True
    return grid


def _arrows(context: Context) -> Iterator[Box]:
    """Where the arrow of a run that is outside stands at each epoch."""
    (path,), unit = context.paths, context.layout.unit
    places = {path.crossing(Fraction(int(epoch))): None for epoch in np.flatnonzero(path.outside)}
    for edge, towards in places:
        away = math.dist(edge, towards) or 1.0
        x, y = (at - ARROW[0] * unit * (to - at) / away for at, to in zip(edge, towards, strict=True))
        reach = ARROW[1] * unit
        yield Box(math.floor(x - reach), math.floor(y - reach), math.ceil(x + reach), math.ceil(y + reach))


def trodden(path: ScreenPath, until: float = math.inf) -> NDArray[np.bool_]:
    """The pixels of its box that a path passes up to an epoch. Shapes: (height, width)."""
    box = path.box
    grid = np.zeros((box.height, box.width), bool)
    for epoch, (a, b) in zip(path.epochs[1:], pairwise(path.corners), strict=True):
        part = clipped(a, b, box) if epoch <= until else None
        if part:
            x, y = np.linspace(*part, 2 + math.ceil(math.dist(*part))).T
            rows = np.clip(y - box.top, 0, box.height - 1).astype(int)
            grid[rows, np.clip(x - box.left, 0, box.width - 1).astype(int)] = True
    return grid
