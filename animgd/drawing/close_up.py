"""Whether a step has a close-up on its panel, how much larger than the map that is, and what it shows."""

from __future__ import annotations

import math

import numpy as np

from animgd.frame import Box
from animgd.graphics.transform import AxesTransform
from animgd.recording.anatomy import Anatomy, anatomy
from animgd.recording.model import PanelRecording
from animgd.scene.problem import Window
from animgd.scene.scene import FilledPanel

FREE = 0.58, 0.66  # of the panel's width and height, for what must be seen: the rest is for names
WHOLE = 0.04  # of the panel's shorter side: from the edge to the middle of a point that is seen whole
LEAST_PANEL = 120  # pixels: smaller panels have no close-up
TIMES = (1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200, 300, 500, 1000)
# A close-up is so many times larger than the map.


def opens(panel: FilledPanel, recorded: PanelRecording, box: Box, epoch: int) -> bool:
    """Whether a panel has a close-up of the step from an epoch."""
    step, window = step_inside(panel, recorded, epoch), recorded.landscape.window
    if step is None or box.shorter < LEAST_PANEL:
        return False
    times = filling(step, window, box)
    return times is not None and sees_whole(step, window, box, times)


def step_inside(panel: FilledPanel, recorded: PanelRecording, epoch: int) -> Anatomy | None:
    """The step of a panel with one run, if both of its ends are in the window."""
    if len(panel.runs) != 1:
        return None
    step, window = anatomy(panel.runs[0].optimizer, recorded.runs[0], epoch), recorded.landscape.window
    if step is None:
        return None
    low, high = np.array([window.weight, window.bias]).T
    return step if all(((low <= place) & (place <= high)).all() for place in (step.start, step.end)) else None


def filling(step: Anatomy, window: Window, box: Box) -> float | None:
    """How much larger than on the map a step fills a box; None if hardly."""
    units = AxesTransform(box, window.x, window.y).units
    tall, wide = np.ptp(step.places, axis=0).tolist()
    rooms = zip((box.width * FREE[0], box.height * FREE[1]), (wide, tall), strict=True)
    most = max(units) * min((room / length for room, length in rooms if length > 0), default=math.inf)
    return max((time for time in TIMES if max(units) / min(units) <= time <= most), default=None)


def sees_whole(step: Anatomy, window: Window, box: Box, times: float) -> bool:
    """Whether both ends of a step are seen whole in a close-up."""
    shown = part_of(window, step, box, box, times)
    low, high = np.array([shown.weight, shown.bias]).T
    edge = WHOLE * float(min(high - low))
    return all(((low + edge <= place) & (place <= high - edge)).all() for place in (step.start, step.end))


def part_of(window: Window, step: Anatomy, box: Box, room: Box, times: float) -> Window:
    """What a room shows around a step of a window that fills a box, on one scale for both axes."""
    unit = max(AxesTransform(box, window.x, window.y).units) / times
    places, sides = step.places[:, ::-1], []
    middle = (places.min(0) + places.max(0)) / 2
    lengths, whole = (room.width * unit, room.height * unit), (window.bias, window.weight)
    for at, long, limits in zip(middle.tolist(), lengths, whole, strict=True):
        start = min(max(at - long / 2, limits[0]), limits[1] - long)
        sides.append((start, start + long))
    return Window(bias=sides[0], weight=sides[1])
