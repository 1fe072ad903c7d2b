"""Where a close-up stands and what it shows: a context whose box is the inset, over the landscape near one step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from animgd.drawing.close_up import filling, opens, part_of, sees_whole, step_inside
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import inner
from animgd.frame import Box
from animgd.layout import PanelBox
from animgd.recording.anatomy import Anatomy
from animgd.recording.model import Landscape, Recording, Series
from animgd.scene.problem import Window

UNLIKE = 1.5  # panels of a loss whose own close-ups would be larger by more than this have their own scale
FINE = 8  # samples for one of the recorded landscape


@dataclass(frozen=True)
class Near:
    """A close-up: the panel's context as it is inside the inset."""

    epoch: int
    step: Anatomy
    context: Context
    box: Box  # of the inset with its frame
    footprint: Box  # what it shows, on the map
    note: str  # how much larger it is than the map; "" if the axes differ

    @property
    def unit(self) -> float:
        """The unit of strokes. Units: pixels."""
        return self.context.stroke()


def near(context: Context, recording: Recording, epoch: int) -> Near | None:
    """The close-up of the step from an epoch; None if it leaves the window, is hardly larger than the map, or small.

    It covers the panel. All panels of a scene have one scale, so that their steps can be compared, unless the steps of
    a loss would be too small on it; panels of one loss always have one.
    """
    box, recorded, land = context.box, context.recorded, context.recorded.landscape
    step = step_inside(context.panel, recorded, epoch)
    if step is None or not opens(context.panel, recorded, box, epoch):
        return None
    panels = [(panel.loss, step_inside(panel, other, epoch))
              for panel, other in zip(context.scene.grid, recording.panels, strict=True)]  # fmt: skip
    fits = [(loss, filling(each, land.window, box)) for loss, each in panels if each]
    own = min(times for loss, times in fits if times and loss == context.panel.loss)
    common = min(times for _, times in fits if times)
    times = own if own > UNLIKE * common or not sees_whole(step, land.window, box, common) else common
    room, units = inner(box, context.layout.unit), context.transform.units
    shown = part_of(land.window, step, box, room, times)
    inset = replace(recorded, landscape=Landscape(shown, _resampled(land, shown)), ghost=None)
    inside = replace(context, recorded=inset, place=PanelBox(room, room, context.place.scale))
    even = 0.99 < units[0] / units[1] < 1.01
    return Near(epoch, step, inside, box, _seen_from_afar(context, shown), f"× {times:g}" if even else "")


def _seen_from_afar(context: Context, window: Window) -> Box:
    (left, right), (low, high) = window.bias, window.weight
    x, y = context.transform.to_pixels(np.array([left, right]), np.array([high, low]))
    (a, c), (b, d) = np.rint(x).astype(int).tolist(), np.rint(y).astype(int).tolist()
    return Box(a, b, max(c, a + 4), max(d, b + 4))


def _resampled(land: Landscape, window: Window) -> Series:
    """The part of a landscape over a window, between its samples by cubic pieces. Shapes: (rows, columns)."""
    axes = ((land.window.weight, window.weight, 0), (land.window.bias, window.bias, 1))
    loss = land.loss
    for (low, high), (start, end), axis in axes:
        count = land.loss.shape[axis]
        first, last = ((place - low) / (high - low) * (count - 1) for place in (start, end))
        at = np.linspace(first, last, 2 + math.ceil(FINE * (last - first)))
        loss = _cubic(loss, np.clip(at, 0, count - 1), axis)
    return loss


def _cubic(values: Series, at: Series, axis: int) -> Series:
    """Values between samples. Source: Catmull and Rom, "A class of local interpolating splines", 1974."""
    count = values.shape[axis]
    first = np.minimum(at.astype(int), count - 2)
    t = np.expand_dims(at - first, 1 - axis)
    weights = (
        t * (-1 + t * (2 - t)) / 2,
        1 + t**2 * (3 * t - 5) / 2,
        t * (1 + t * (4 - 3 * t)) / 2,
        t**2 * (t - 1) / 2,
    )
    places = (np.clip(first + shift, 0, count - 1) for shift in (-1, 0, 1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray(sum(w * np.take(values, place, axis) for w, place in zip(weights, places, strict=True)))
