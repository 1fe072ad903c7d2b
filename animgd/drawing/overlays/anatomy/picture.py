"""What does not move in a close-up: its frame, the landscape with contours, the minimum, the textbook's path."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.background import paint_ghost, paint_map
from animgd.drawing.overlays.anatomy import shapes
from animgd.drawing.overlays.anatomy.parts import Plan
from animgd.drawing.overlays.anatomy.place import Near
from animgd.drawing.overlays.inset.frame import rims
from animgd.drawing.overlays.inset.picture import NOTE, contoured
from animgd.drawing.screen_path import ScreenPath
from animgd.graphics.canvas import Canvas
from animgd.graphics.color_scale import Scale
from animgd.graphics.markers import marker
from animgd.graphics.numbers import ticks
from animgd.graphics.raster import Mask
from animgd.graphics.text import mask
from animgd.graphics.theme import colors
from animgd.recording.model import Series

CONTOURS = 9  # at most, on a close-up
STEEP = 8.0  # a greater ratio of losses has the map's contours
BELOW = 3.0  # units: of the frame, the tops of the note's letters at least
FAR = 4.0  # sides of the inset: rings further away have no place


def picture(near: Near, plan: Plan) -> NDArray[np.uint8]:
    """Draw it with its frame. Shapes: (3, height, width)."""
    context, box = near.context, near.box
    theme, (dark, white), shift = context.theme, rims(context.layout.unit), (-box.left, -box.top)
    canvas = Canvas((box.width, box.height), theme.dark, context.layout.face)
    at = context.box.moved(*shift)
    frame = canvas.box
    canvas.fill(frame._replace(left=dark, top=dark, right=frame.right - dark, bottom=frame.bottom - dark), theme.mark)
    edge = dark + white
    canvas.fill(frame._replace(left=edge, top=edge, right=frame.right - edge, bottom=frame.bottom - edge), theme.dark)
    shown = context.place.scale
    if shown is None:
        canvas.fill(at, theme.undefined)
    else:
        loss = context.recorded.landscape.loss
        paint_map(canvas, at, shown.unit(loss), _levels(shown, loss), contoured(theme), colors(context.scene.style))
    for point in context.recorded.minima:
        if context.recorded.shows(point):
            x, y = plan.place(np.array([point.weight, point.bias]))
            for stamp, color in marker("minimum", (x, y), near.unit, context.box, theme):
                canvas.stamp(stamp.moved(*shift), color)
    if near.step.textbook is not None:
        _textbook(canvas, near, plan, shift)
    return canvas.planes


def _levels(shown: Scale, loss: Series) -> list[float]:
    """The positions of contours on the map's scale: at round losses, more of them than on the map."""
    finite = loss[np.isfinite(loss)]
    if not finite.size or shown.flat:
        return []
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high > STEEP * low:
        return shown.contours()
    values = [value for value in ticks(low, high, CONTOURS) if shown.low < value < shown.high]
    return sorted(shown.unit(np.array(values)).tolist()) if values else []


def _textbook(canvas: Canvas, near: Near, plan: Plan, shift: tuple[int, int]) -> None:
    """The textbook's path up to its iterate of this epoch, and its iterates as rings."""
    assert near.step.textbook is not None
    theme, box, reach = near.context.theme, near.context.box, FAR * max(near.box.width, near.box.height)
    places = [plan.place(place) for place in near.step.textbook[:-1]]
    near_by = [place for place in places if math.dist(place, plan.start) < reach]
    x, y = (np.array(values, float) + move for values, move in zip(zip(*near_by, strict=True), shift, strict=True))
    paint_ghost(canvas, ScreenPath(x, y, box.moved(*shift)), near.unit, theme)
    for place in near_by:
        for stamp, color, strength in shapes.ring(place, (theme.mark, theme.dark), near.unit, box):
            canvas.stamp(stamp.moved(*shift), color, strength)


def note(near: Near) -> Mask | None:
    """The letters that say how much larger it is than the map, in the upper left corner: they lie above the trail."""
    layout, context = near.context.layout, near.context
    if not near.note:
        return None
    letters = mask(near.note, layout.tick, True, layout.face)
    down = max(round(NOTE[1] * layout.unit), math.ceil(BELOW * near.unit) - letters.box.top)
    return letters.moved(context.box.left + round(NOTE[0] * layout.unit), context.box.top + down)
