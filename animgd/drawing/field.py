"""The downhill directions on a coarse grid of a panel (uphill, if its runs ascend): of its landscape, drawn once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.leader import nearest
from animgd.frame import Box, Color
from animgd.graphics.canvas import Canvas
from animgd.graphics.color_scale import Scale
from animgd.graphics.raster import Mask, Place, arrow, max_blend
from animgd.graphics.resample import interpolated
from animgd.graphics.theme import Theme, luminance
from animgd.graphics.transform import AxesTransform
from animgd.recording.model import Landscape

SPACES, LEAST_SPACE = 11, 20.0  # arrows along the shorter side of a panel, and the room of each at least
LONG, LONGEST = 0.46, 18.0  # of an arrow, in parts of its room, and at most
SHAFT, HEAD = 1.1, (4.2, 3.8)
STRENGTH = 0.5
CLEAR = 3.0  # from an arrow to a mark or its name
FLAT = 1e-7  # of the loss: a smaller fall over the room of an arrow may be rounding
# Units: 720ths of the frame's shorter side.


def downhill(land: Landscape, box: Box, unit: float) -> Iterator[tuple[Place, Place]]:
    """Where the landscape falls on a panel: places, and unit vectors on the screen. Units: `unit` in pixels.

    There are none where a loss nearby is not finite, and where the landscape is flat.
    """
    space = max(box.shorter / SPACES, LEAST_SPACE * unit)
    across, up = (max(1, round(side / space)) for side in (box.width, box.height))
    right, rise = ((np.arange(count) + 0.5) / count for count in (across, up))
    size = len(land.loss) - 1
    (left, wide), (low, high) = land.window.x, land.window.y
    with np.errstate(all="ignore"):  # losses may be infinite
        slopes = np.gradient(land.loss, (high - low) / size, (wide - left) / size)
        by_weight, by_bias, loss = (interpolated(each, rise * size, right * size) for each in (*slopes, land.loss))
        x, y = box.left + right * box.width, box.bottom - rise * box.height
        one_right, one_up = AxesTransform(box, land.window.x, land.window.y).units
        # Minus the gradient in parameters, then to pixels, whose y axis points down.
        vectors = np.stack([-by_bias / one_right, by_weight / one_up])
        falls = space * np.hypot(by_bias * one_right, by_weight * one_up)
        lengths = np.hypot(*vectors)
    seen = np.isfinite(loss) & np.isfinite(lengths) & (falls > FLAT * np.abs(loss)) & (lengths > 0)
    for row, column in np.argwhere(seen):
        towards = vectors[:, row, column] / lengths[row, column]
        yield (float(x[column]), float(y[row])), (float(towards[0]), float(towards[1]))


def draw_field(
    canvas: Canvas,
    box: Box,
    land: Landscape,
    scale: Scale,
    unit: float,
    theme: Theme,
    table: NDArray[np.uint8],
    taken: Sequence[Box],
    up: bool = False,
) -> None:
    """Draw the directions in light or dark, whichever can be told better from the map, beside what is `taken`.

    Shapes: `table` (colours, 3).
    """
    light, dark = (np.zeros((box.height, box.width), np.uint8) for _ in range(2))
    length = min(LONG * max(box.shorter / SPACES, LEAST_SPACE * unit), LONGEST * unit)
    head, half = (HEAD[0] * unit, HEAD[1] * unit), length / 2 * (-1 if up else 1)
    for (x, y), (right, down) in downhill(land, box, unit):
        if any(math.dist((x, y), nearest(each, (x, y))) < length / 2 + CLEAR * unit for each in taken):
            continue
        tail, tip = (x - half * right, y - half * down), (x + half * right, y + half * down)
        shape = arrow(tail, tip, max(1.0, SHAFT * unit), head, 0.0, box)
        if shape:
            layer = light if _is_dark(_color(land, box, scale, (x, y), table), theme) else dark
            max_blend(layer, box, shape.grown(0.0))
    for layer, color in ((light, theme.mark), (dark, theme.dark)):
        canvas.stamp(Mask(box, layer), color, STRENGTH)


def _color(land: Landscape, box: Box, scale: Scale, place: Place, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour of the map at a place."""
    row, column = (box.bottom - place[1]) / box.height, (place[0] - box.left) / box.width
    size = len(land.loss) - 1
    part = float(scale.unit(land.loss[round(row * size), round(column * size)].reshape(1))[0])
    color: NDArray[np.uint8] = table[round(np.nan_to_num(part) * (len(table) - 1))]
    return color


def _is_dark(ground: NDArray[np.uint8] | Color, theme: Theme) -> bool:
    here, light, dark = (float(luminance(np.array(color))) for color in (ground, theme.mark, theme.dark))
    return (light + 0.05) / (here + 0.05) >= (here + 0.05) / (dark + 0.05)
