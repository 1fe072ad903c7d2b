"""One small map without the path: the landscape over a wider window in faint colours, how much wider, and a frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.background import paint_map
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.marks import HALO, HALO_STRENGTH, grown
from animgd.drawing.overlays.small_map.place import trodden
from animgd.frame import Box
from animgd.graphics.canvas import Canvas, Planes
from animgd.graphics.color_scale import Scale, scale
from animgd.graphics.numbers import RAISED, THIN, compact
from animgd.graphics.raster import Mask, Place
from animgd.graphics.resample import view
from animgd.graphics.text import mask, width
from animgd.graphics.theme import colors, half_chroma
from animgd.layout import PanelBox
from animgd.recording.model import Landscape

RIM, FRAME = 0.8, 1.8  # of the frame: dark, white, dark
NOTE = (4.0, 16.0)  # from the corner to where the note begins, on its baseline
INSIDE, APART = 4.0, 3.0  # of a contour's number, to the frame and to all else
LEAST_SQUARE = 5.0  # the sides of the square that stands for the window
WRITTEN = 17  # doublings from which the factor is a power of two
RAYS = 48  # on which numbers of contours may stand
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
        recorded = replace(context.recorded, landscape=land)
        place = PanelBox(box, box, _scale(land, context.place.scale))
        far = replace(context, recorded=recorded, place=place)
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


def rims(unit: float) -> tuple[int, int]:
    """The widths of the frame's dark lines and of the white one between them. Units: pixels."""
    return max(1, round(RIM * unit)), max(1, round(FRAME * unit))


def inner(box: Box, unit: float) -> Box:
    """A small map's box without its frame."""
    dark, white = rims(unit)
    return _shrunk(box, 2 * dark + white)


def _shrunk(box: Box, by: int) -> Box:
    return Box(box.left + by, box.top + by, box.right - by, box.bottom - by)


def picture(far: Far, box: Box, until: float) -> Planes:
    """Draw a small map with its frame; its words keep clear of the path up to an epoch. Shapes: (3, height, width)."""
    context, theme, dark = far.context, far.context.theme, rims(far.unit)[0]
    canvas = Canvas((box.width, box.height), theme.dark, context.layout.face)
    whole, at = canvas.box, far.box.moved(-box.left, -box.top)
    canvas.fill(_shrunk(whole, dark), theme.mark)
    canvas.fill(_shrunk(at, -dark), theme.dark)
    shown = context.place.scale
    levels = _levels(shown) if shown else {}
    if shown is None:
        canvas.fill(at, theme.undefined)
    else:
        unit = shown.unit(context.recorded.landscape.loss)
        paint_map(canvas, at, unit, [*levels], theme, half_chroma(colors(context.scene.style)))
    for letters in _words(far, levels if theme.contour else {}, until):
        ink, around = context.lettering(letters.box.intersection(far.box) or far.box)
        halo = grown(letters, max(1, round(HALO * far.unit)))
        canvas.stamp(halo.moved(-box.left, -box.top), around, HALO_STRENGTH)
        canvas.stamp(letters.moved(-box.left, -box.top), ink)
    return canvas.planes.astype(np.float32)


def _levels(shown: Scale) -> dict[float, str]:
    """The positions of contours on a scale and their numbers: powers of ten, or on a linear one its ticks."""
    if shown.flat or not shown.log:
        return {} if shown.flat else dict(shown.ticks(6))
    powers = range(math.ceil(math.log10(shown.low)), math.floor(math.log10(shown.high)) + 1)
    inside = [power for power in powers if shown.low < 10.0**power < shown.high]
    positions = shown.unit(np.array([10.0**power for power in inside])).tolist()
    texts = [f"10{str(k).translate(RAISED)}" if k > 2 else compact(10.0**k) for k in inside]
    return dict(zip(positions, texts, strict=True))


def note(times: int, room: float, write: Callable[[str], float]) -> str:
    """How much wider a window is that was doubled so many times, in words if they fit. `write` measures a text."""
    factor = f"2{str(times).translate(RAISED)}" if times >= WRITTEN else f"{2**times:,}".replace(",", THIN)
    long = f"{factor} × wider"
    return long if write(long) <= room else f"{factor} ×"


def _words(far: Far, levels: dict[float, str], until: float) -> list[Mask]:
    """The note on how much wider the window is, and the number of one contour."""
    layout, box, unit = far.context.layout, far.box, far.unit
    (path,) = far.context.paths
    passed = trodden(path, until)
    room = box.width - (NOTE[0] + HALO) * unit
    text = note(far.times, room, lambda text: width(text, layout.tick, True, layout.face))
    letters = mask(text, layout.tick, True, layout.face)
    top, low = (
        letters.moved(box.left + round(NOTE[0] * unit), y)
        for y in (box.top + round(NOTE[1] * unit), box.bottom - round(7 * unit))
    )
    said = low if passed[top.box.slices_in(box)].any() and not passed[low.box.slices_in(box)].any() else top
    number = next(_numbers(far, levels, passed, said.box), None)
    return [said, number] if number else [said]


def _numbers(far: Far, levels: dict[float, str], passed: NDArray[np.bool_], said: Box) -> Iterator[Mask]:
    """The numbers of contours that are clear of the path, the window and the note, from the outermost inwards."""
    layout, unit, apart = far.context.layout, far.unit, math.ceil(APART * far.unit)
    room = _shrunk(far.box, math.ceil(INSIDE * unit))
    for level in sorted(levels, reverse=True):
        letters = mask(levels[level], layout.tick, face=layout.face)
        middle = width(levels[level], layout.tick, face=layout.face) / 2
        for x, y in _crossings(far, level):
            found = letters.moved(round(x - middle), round(y + 0.36 * layout.tick))
            around = _shrunk(found.box, -apart)
            apart_from = around.intersection(said) is None and around.intersection(far.near) is None
            if room.holds(found.box) and apart_from and not passed[around.slices_in(far.box)].any():
                yield found


def _crossings(far: Far, level: float) -> Iterator[Place]:
    """Where rays from the lowest place of a map first rise above a level, the upper right one first."""
    context, box = far.context, far.box
    assert context.place.scale is not None
    shown = np.nan_to_num(view(context.place.scale.unit(context.recorded.landscape.loss), box, box, True), nan=-1.0)
    rows, columns = np.nonzero(shown == shown[shown >= 0].min())
    x, y = columns.mean() + 0.5, rows.mean() + 0.5
    far_away = np.arange(1.0, math.hypot(box.width, box.height), 0.5)
    for k in range(RAYS):
        angle = math.radians(45 + (k + 1) // 2 * 360 / RAYS * (1 if k % 2 else -1))
        right, down = x + far_away * math.cos(angle), y - far_away * math.sin(angle)
        inside = (right >= 0) & (right < box.width) & (down >= 0) & (down < box.height)
        values = shown[down[inside].astype(int), right[inside].astype(int)]
        above = np.flatnonzero(values > level)
        if above.size and above[0]:
            yield box.left + float(right[above[0]]), box.top + float(down[above[0]])
