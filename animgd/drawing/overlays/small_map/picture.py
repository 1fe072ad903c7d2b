"""One small map without the path: the landscape over a wider window in faint colours, how much wider, and a frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.picture import NOTE, note, numbers, row
from animgd.drawing.overlays.inset.picture import picture as inset
from animgd.drawing.overlays.inset.place import trodden
from animgd.drawing.overlays.marks import HALO
from animgd.frame import Box
from animgd.graphics.canvas import Planes
from animgd.graphics.color_scale import Scale, scale
from animgd.graphics.numbers import RAISED, THIN, compact
from animgd.graphics.raster import Mask
from animgd.graphics.text import width
from animgd.recording.model import Landscape

APART = (6.0, 3.0)  # of a contour's number, to other words and the square, and to the path
LEAST_SQUARE = 5.0  # the sides of the square that stands for the window
WRITTEN = 14  # doublings from which the factor is written as a power of two
# Units: 720ths of the frame's shorter side.


@dataclass(frozen=True)
class Far:
    """The panel as it is on a small map: a context whose box is that of the small map inside its frame."""

    context: Context
    times: int  # how often the window is doubled
    near: Box  # the window, as a square that is not too small to be seen

    @classmethod
    def of(cls, context: Context, box: Box, land: Landscape, times: int) -> Far:
        """The small map of a wider landscape. `box` has no frame."""
        far = context.inset(box, land, _scale(land, context.place.scale))
        (left, right), (low, high) = context.recorded.landscape.window.x, context.recorded.landscape.window.y
        x, y = far.transform.to_pixels((left + right) / 2, (low + high) / 2)
        sides = (max(LEAST_SQUARE * context.layout.unit, side / 2**times) for side in (box.width, box.height))
        wide, tall = (max(3, round(side)) for side in sides)
        left, top = round(x - wide / 2), round(y - tall / 2)
        return cls(far, times, Box(left, top, left + wide, top + tall))

    @property
    def box(self) -> Box:
        """The map."""
        return self.context.box

    @property
    def unit(self) -> float:
        """A 720th of the frame's shorter side, in pixels."""
        return self.context.layout.unit


def _scale(land: Landscape, near: Scale | None) -> Scale | None:
    """As many decades as the big map has, counted down from the greatest loss."""
    own = scale(land.loss, "log" if near and near.log else "linear")
    if own is None or near is None or not own.log:
        return own
    least = float(land.loss[land.loss > 0].min())
    return Scale(max(least, own.high * (near.low / near.high)), own.high, log=True, cut=True)


def picture(far: Far, box: Box, until: float) -> Planes:
    """Draw a small map with its frame; its words keep clear of the path up to an epoch. Shapes: (3, height, width)."""
    return inset(far.context, box, levels_of(far.context.place.scale), words_on(far, until))


def levels_of(shown: Scale | None) -> dict[float, str]:
    """The positions of contours on a scale and their numbers: powers of ten, or on a linear one its ticks."""
    if shown is None or shown.flat:
        return {}
    if not shown.log:
        return dict(shown.ticks(6))
    powers = range(math.ceil(math.log10(shown.low)), math.floor(math.log10(shown.high)) + 1)
    inside = [power for power in powers if shown.low < 10.0**power < shown.high]
    positions = shown.unit(np.array([10.0**power for power in inside])).tolist()
    texts = [f"10{str(k).translate(RAISED)}" if k > 2 else compact(10.0**k) for k in inside]
    return dict(zip(positions, texts, strict=True))


def wording(times: int, room: float, write: Callable[[str], float]) -> str:
    """How much wider a window is that was doubled so many times: without "wider" where the number leaves no room.

    `write` measures a text.
    """
    factor = f"{2**times:,}".replace(",", THIN) if times < WRITTEN else f"2{str(times).translate(RAISED)}"
    forms = [f"{factor} × wider", f"{factor}{THIN}×{THIN}wider", f"{factor} ×"]
    return next((form for form in forms if write(form) <= room), forms[-1])


def words_on(far: Far, until: float) -> list[Mask]:
    """The note on how much wider the window is, and the number of one contour."""
    layout, box, unit, levels = far.context.layout, far.box, far.unit, levels_of(far.context.place.scale)
    (path,) = far.context.paths
    passed = trodden(path, until)
    room = box.width - (NOTE[0] + HALO) * unit
    text = wording(far.times, room, lambda text: width(text, layout.tick, True, layout.face))
    said = note(far.context, text, passed)
    taken = (row(said.box, box), far.near)
    every = (
        number
        for level in sorted(levels, reverse=True)
        for number in numbers(far.context, level, levels[level], passed, taken, APART)
    )
    return [said, *[number for number in [next(every, None)] if number]]
