"""Where a small map stands: in a corner that nothing else on the panel needs in the whole film."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from animgd.drawing.overlays import divergence, marks
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.place import free_corner
from animgd.frame import Box

LEAST_FRAME = 540  # pixels: smaller frames have no room for it
LARGEST, SMALLEST, STEP = 118, 80, 2  # sizes that are tried
CLEAR = 5  # from all that stands or moves on the panel
ARROW = (8.0, 10.0)  # from the edge to the middle of the arrow where a run left, and from there around it
# Units: 720ths of the frame's shorter side.


def placed(context: Context) -> Box | None:
    """The box of a panel's small map with its frame; None if it has none."""
    if not context.recorded.wider or not context.scene.shows("small-map"):
        return None
    if min(context.layout.size) < LEAST_FRAME:
        return None
    taken = (*marks.covered(context), *divergence.covered(context), *_arrows(context))
    panel, unit = context.box, context.layout.unit
    parts = [size * unit / max(panel.width, panel.height) for size in range(LARGEST, SMALLEST - 1, -STEP)]
    return free_corner(context, taken, CLEAR, ((round(p * panel.width), round(p * panel.height)) for p in parts))


def _arrows(context: Context) -> Iterator[Box]:
    """Where the arrow of a run that is outside stands after each step."""
    (path,), unit = context.paths, context.layout.unit
    places = {path.crossing(path.moment(step)): None for step in np.flatnonzero(path.outside).tolist()}
    for edge, towards in places:
        away = math.dist(edge, towards) or 1.0
        x, y = (at - ARROW[0] * unit * (to - at) / away for at, to in zip(edge, towards, strict=True))
        reach = ARROW[1] * unit
        yield Box(math.floor(x - reach), math.floor(y - reach), math.ceil(x + reach), math.ceil(y + reach))
