"""What is seen in a lens: the landscape around the minimum with its contours, the path, the minimum and the point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays import glow, marks
from animgd.drawing.overlays.base import Context, LensPlace, Overlay
from animgd.drawing.overlays.inset.frame import inner
from animgd.drawing.overlays.inset.picture import note, numbers, picture
from animgd.drawing.overlays.inset.place import trodden
from animgd.drawing.overlays.point import points
from animgd.drawing.overlays.trail import trails
from animgd.frame import Box
from animgd.graphics.canvas import Planes
from animgd.graphics.color_scale import scale
from animgd.graphics.numbers import compact
from animgd.graphics.raster import Mask

OFFSETS = (0.002, 0.01, 0.03, 0.08, 0.2, 0.4)  # of contours above the minimum, times a round number
HIGHEST = 0.55  # of the greatest loss above the minimum: the greatest offset stays below
ROUND = (1, 2, 5)
WRITTEN = 2  # contours with a number
APART = (3.0, 2.0)  # of a contour's number, to other words, and to the path. Units: 720ths of the frame's shorter side


class Content:
    """The inside of a lens, and its frame."""

    def __init__(self, context: Context, place: LensPlace) -> None:
        land = context.recorded.near
        assert land is not None
        kind = "log" if context.place.scale and context.place.scale.log else "linear"
        near = context.inset(inner(place.box, context.layout.unit), land, scale(land.loss, kind))
        self._box, self._inner, unit = place.box, near.box, context.stroke()
        larger = near.box.width / (context.box.width / place.rest.times)
        self._picture = _picture(near, place, f"× {larger:.2g}")
        self._overlays: list[Overlay] = [
            *trails(near, unit, context.has_beads and context.paths[0].steps_per_epoch == 1, thin=False),
            marks.magnified(near, unit),
            *glow.overlays(near),
            *points(near, unit),
        ]

    def step(self, moment: Fraction) -> Iterator[Box]:
        """Move path and point on."""
        for overlay in self._overlays:
            yield from overlay.step(moment)

    def paint(self, box: Box, planes: Planes) -> None:
        """The picture, and what moves on it. Shapes: `planes` is (3, height, width) of the box."""
        planes[:] = self._picture[:, *box.slices_in(self._box)]
        seen = box.intersection(self._inner)
        if seen:
            for overlay in self._overlays:
                overlay.paint(seen, planes[:, *seen.slices_in(box)])


def _picture(near: Context, place: LensPlace, text: str) -> Planes:
    levels = _levels(near, place.rest.minimum.loss) if near.theme.contour else {}
    return picture(near, place.box, levels, _words(near, levels, text))


def _levels(near: Context, lowest: float) -> dict[float, str]:
    """The positions of contours on the scale, and what they are above the minimum."""
    loss, shown = near.recorded.landscape.loss, near.place.scale
    offsets = above(loss, lowest)
    if shown is None or shown.flat or not offsets:
        return {}
    positions = shown.unit(np.array([lowest + offset for offset in offsets])).tolist()
    texts = [f"+{compact(offset)}" for offset in offsets]
    return {position: text for position, text in zip(positions, texts, strict=True) if 0 < position < 1}


def above(loss: NDArray[np.float64], lowest: float) -> list[float]:
    """The offsets of contours above the lowest loss: the same steps on every landscape, times a round number."""
    with np.errstate(over="ignore", invalid="ignore"):
        most = HIGHEST * float(np.max(loss - lowest, where=np.isfinite(loss), initial=0.0)) / OFFSETS[-1]
    if not 1e-300 < most < 1e300:
        return []
    power = math.floor(math.log10(most))
    times = max(each for each in (float(f"{m}e{k}") for k in (power - 1, power) for m in ROUND) if each <= most)
    return [float(f"{times * offset:.6g}") for offset in OFFSETS]


def _words(near: Context, levels: dict[float, str], text: str) -> list[Mask]:
    """How much larger it is, and the numbers of the outermost contours that have room."""
    passed = np.logical_or.reduce([trodden(path) for path in near.paths])
    words = [note(near, text, passed)]
    for level in sorted(levels, reverse=True):
        found = numbers(near, level, levels[level], passed, [word.box for word in words], APART)
        words += [number for number in [next(found, None)] if number and len(words) <= WRITTEN]
    return words
