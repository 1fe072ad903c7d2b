"""The picture of an inset: a landscape in faint colours with contours, a frame, words, and numbers on contours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.background import paint_map
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import rims, shrunk
from animgd.drawing.overlays.marks import HALO, HALO_STRENGTH, grown
from animgd.frame import Box, Color
from animgd.graphics.canvas import Canvas, Planes
from animgd.graphics.raster import Mask, Place
from animgd.graphics.resample import view
from animgd.graphics.text import mask, width
from animgd.graphics.theme import Theme, colors, half_chroma

NOTE = (4.0, 16.0)  # from an upper corner to a note, and to its baseline
LOW = 7.0  # of the baseline of a note in a lower corner, to the frame
INSIDE = 2.3  # of a contour's number, to the frame: 4 to the middle of its white line
RAYS = 48  # on which numbers of contours may stand
FAINT = 0.35  # the strength of contours in a theme without any
# Units: 720ths of the frame's shorter side.


def picture(context: Context, box: Box, levels: Iterable[float], words: Iterable[Mask]) -> Planes:
    """Draw an inset with its frame. Shapes: (3, height, width) of `box`; the box of the context has no frame."""
    theme, dark, at = context.theme, rims(context.layout.unit)[0], context.box.moved(-box.left, -box.top)
    canvas = Canvas((box.width, box.height), theme.dark, context.layout.face)
    canvas.fill(shrunk(canvas.box, dark), theme.mark)
    canvas.fill(shrunk(at, -dark), theme.dark)
    if context.place.scale is None:
        canvas.fill(at, theme.undefined)
    else:
        unit = context.place.scale.unit(context.recorded.landscape.loss)
        paint_map(canvas, at, unit, [*levels], contoured(theme), half_chroma(colors(context.scene.style)))
    for letters, color, strength in lettered(context, words):
        canvas.stamp(letters.moved(-box.left, -box.top), color, strength)
    return canvas.planes.astype(np.float32)


def lettered(context: Context, words: Iterable[Mask]) -> Iterator[tuple[Mask, Color, float]]:
    """Words on a landscape with their halos, from below to above."""
    for letters in words:
        ink, around = context.lettering(letters.box.intersection(context.box) or context.box)
        yield grown(letters, max(1, round(HALO * context.layout.unit))), around, HALO_STRENGTH
        yield letters, ink, 1.0


def contoured(theme: Theme) -> Theme:
    """The theme with contours, also where the big map has none: an inset shows few colours, or other ones."""
    if theme.contour:
        return theme
    return replace(
        theme, contour=theme.dark, contour_strength=FAINT, high_contour=theme.dark, high_contour_strength=FAINT
    )


def note(context: Context, text: str, passed: NDArray[np.bool_]) -> Mask:
    """A note in the corner where least of the path passes below it, the upper left one first."""
    layout, box, unit = context.layout, context.box, context.layout.unit
    letters, aside = mask(text, layout.tick, True, layout.face), round(NOTE[0] * unit)
    left, right = box.left + aside, box.right - aside - letters.box.right
    top, low = box.top + round(NOTE[1] * unit), box.bottom - round(LOW * unit)
    every = [letters.moved(x, y) for x in (left, right) for y in (top, low)]
    return min(every, key=lambda each: int(passed[each.box.slices_in(box)].sum()))


def row(word: Box, inside: Box) -> Box:
    """The row that a word takes: a number beside it would be read as its second half."""
    return word._replace(left=inside.left, right=inside.right)


def numbers(
    context: Context,
    level: float,
    text: str,
    passed: NDArray[np.bool_],
    taken: Iterable[Box],
    apart: tuple[float, float],
) -> Iterator[Mask]:
    """The places on a contour where its number is clear of the path, as far as `passed`, and of boxes that are taken.

    Units: `level` from 0 to 1; `apart` from the boxes, and from the path, in 720ths of the frame's shorter side.
    """
    layout, unit = context.layout, context.layout.unit
    room = shrunk(context.box, math.ceil(INSIDE * unit))
    letters = mask(text, layout.tick, face=layout.face).trimmed()
    middle = width(text, layout.tick, face=layout.face) / 2
    around, beside = (math.ceil(each * unit) for each in apart)
    for x, y in _crossings(context, level):
        found = letters.moved(round(x - middle), round(y + 0.36 * layout.tick))
        if not room.holds(found.box) or any(shrunk(found.box, -around).intersection(box) for box in taken):
            continue
        near = shrunk(found.box, -beside).intersection(context.box)
        if near and not passed[near.slices_in(context.box)].any():
            yield found


def _crossings(context: Context, level: float) -> Iterator[Place]:
    """Where rays from the lowest place of a map first rise above a level, the upper right one first."""
    box, scale = context.box, context.place.scale
    assert scale is not None
    shown = np.nan_to_num(view(scale.unit(context.recorded.landscape.loss), box, box, True), nan=-1.0)
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
