"""Where a close-up stands and what it shows: a context whose box is the inset, over the landscape near one step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import inner
from animgd.frame import Box
from animgd.graphics.transform import AxesTransform
from animgd.layout import PanelBox
from animgd.recording.anatomy import Anatomy, anatomy
from animgd.recording.model import Landscape, PanelRecording, Recording, Series
from animgd.scene.problem import Window
from animgd.scene.scene import FilledPanel

FREE = 0.58, 0.66  # of the panel's width and height, for what must be seen: the rest is for names
WHOLE = 0.04  # of the panel's shorter side: from the edge to the middle of a point that is seen whole
LEAST_PANEL = 120  # pixels: smaller panels have no close-up
TIMES = (1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 100, 200, 500, 1000)  # by which it is larger than the map
UNLIKE = 1.5  # a panel whose own close-up would be larger by more than this has its own scale
FINE = 8  # samples for one of the recorded landscape

Size = tuple[float, float]


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


def opens(panel: FilledPanel, recorded: PanelRecording, box: Box, epoch: int) -> bool:
    """Whether a panel has a close-up of the step from an epoch."""
    step = _step(panel, recorded, epoch)
    if step is None or box.shorter < LEAST_PANEL:
        return False
    times = _times(step, recorded.landscape.window, box)
    return times is not None and _whole(step, recorded.landscape.window, box, times)


def near(context: Context, recording: Recording, epoch: int) -> Near | None:
    """The close-up of the step from an epoch; None if it leaves the window, is hardly larger than the map, or small.

    It covers the panel. All panels of a scene have one scale, so that their steps can be compared, unless a panel's
    step would be too small on it.
    """
    box, recorded, land = context.box, context.recorded, context.recorded.landscape
    step = _step(context.panel, recorded, epoch)
    if step is None or not opens(context.panel, recorded, box, epoch):
        return None
    others = [_step(*each, epoch) for each in zip(context.scene.grid, recording.panels, strict=True)]
    own, *all_times = (_times(each, land.window, box) for each in (step, *filter(None, others)))
    assert own is not None
    common = min(filter(None, all_times))
    times = own if own > UNLIKE * common or not _whole(step, land.window, box, common) else common
    room, units = inner(box, context.layout.unit), context.transform.units
    shown = _window(step, land.window, _size(room, land.window, box, times))
    inset = replace(recorded, landscape=Landscape(shown, _resampled(land, shown)), ghost=None)
    inside = replace(context, recorded=inset, place=PanelBox(room, room, context.place.scale))
    even = 0.99 < units[0] / units[1] < 1.01
    return Near(epoch, step, inside, box, _seen_from_afar(context, shown), f"× {times:g}" if even else "")


def _step(panel: FilledPanel, recorded: PanelRecording, epoch: int) -> Anatomy | None:
    """The step of a panel with one run, if both of its ends are in the window."""
    if len(panel.runs) != 1:
        return None
    step, window = anatomy(panel.runs[0].optimizer, recorded.runs[0], epoch), recorded.landscape.window
    if step is None:
        return None
    low, high = np.array([window.weight, window.bias]).T
    return step if all(((low <= place) & (place <= high)).all() for place in (step.start, step.end)) else None


def _times(step: Anatomy, window: Window, box: Box) -> float | None:
    """How much larger than on the map a step fills a box; None if hardly."""
    units = AxesTransform(box, window.x, window.y).units
    tall, wide = np.ptp(step.places, axis=0).tolist()
    rooms = zip((box.width * FREE[0], box.height * FREE[1]), (wide, tall), strict=True)
    most = max(units) * min((room / length for room, length in rooms if length > 0), default=math.inf)
    return max((time for time in TIMES if max(units) / min(units) <= time <= most), default=None)


def _size(room: Box, window: Window, box: Box, times: float) -> Size:
    """What a room shows of a window that fills a box, on one scale for both axes. Units: of the parameters."""
    unit = max(AxesTransform(box, window.x, window.y).units) / times
    return room.width * unit, room.height * unit


def _whole(step: Anatomy, window: Window, box: Box, times: float) -> bool:
    """Whether both ends of a step are seen whole in a close-up."""
    size = _size(box, window, box, times)
    shown, edge = _window(step, window, size), WHOLE * min(size)
    low, high = np.array([shown.weight, shown.bias]).T
    return all(((low + edge <= place) & (place <= high - edge)).all() for place in (step.start, step.end))


def _window(step: Anatomy, whole: Window, size: Size) -> Window:
    """The window of a size around a step, inside the panel's. Units: of the parameters, bias before weight."""
    places, sides = step.places[:, ::-1], []
    for low, high, long, limits in zip(places.min(0), places.max(0), size, (whole.bias, whole.weight), strict=True):
        start = min(max((float(low) + float(high) - long) / 2, limits[0]), limits[1] - long)
        sides.append((start, start + long))
    return Window(bias=sides[0], weight=sides[1])


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
